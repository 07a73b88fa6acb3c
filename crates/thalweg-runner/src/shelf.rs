//! A shelf of large things: each made once, shared while in use, and put away when room is short.

use std::sync::{Arc, Mutex, OnceLock};

use thalweg_data::error::DataError;

/// Bytes that things may take that nobody uses at the moment: 1 GiB.
const ROOM: usize = 1 << 30;

/// Where one thing is made, by whoever comes first; others wait.
type Place<V> = Arc<OnceLock<Result<Arc<V>, DataError>>>;

struct Slot<V> {
    name: String,
    place: Place<V>,
    last_used: u64,
}

/// Things by name.
pub struct Shelf<V> {
    slots: Mutex<(u64, Vec<Slot<V>>)>,
}

impl<V> Default for Shelf<V> {
    fn default() -> Shelf<V> {
        Shelf { slots: Mutex::new((0, Vec::new())) }
    }
}

impl<V> Shelf<V> {
    /// The thing of a name, made if it is not there. Those that were not used for longest go first when room is short.
    pub fn get(&self, name: &str, n_bytes: fn(&V) -> usize, make: impl FnOnce() -> Result<V, DataError>) -> Result<Arc<V>, DataError> {
        let place = self.place(name);
        let found = place.get_or_init(|| make().map(Arc::new)).clone();
        self.tidy(n_bytes);
        found
    }

    /// Bytes of what stands on it.
    pub fn n_bytes(&self, of: fn(&V) -> usize) -> usize {
        let guard = self.slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        guard.1.iter().filter_map(|slot| slot.place.get()?.as_ref().ok()).map(|thing| of(thing)).sum()
    }

    fn place(&self, name: &str) -> Place<V> {
        let mut guard = self.slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (clock, slots) = &mut *guard;
        *clock += 1;
        if let Some(slot) = slots.iter_mut().find(|s| s.name == name) {
            slot.last_used = *clock;
            return slot.place.clone();
        }
        let place = Place::default();
        slots.push(Slot { name: name.into(), place: place.clone(), last_used: *clock });
        place
    }

    fn tidy(&self, n_bytes: fn(&V) -> usize) {
        let mut guard = self.slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let slots = &mut guard.1;
        let size = |slot: &Slot<V>| match slot.place.get() {
            Some(Ok(thing)) => n_bytes(thing),
            _ => 0,
        };
        while slots.iter().map(size).sum::<usize>() > ROOM {
            let is_free = |slot: &Slot<V>| matches!(slot.place.get(), Some(Ok(thing)) if Arc::strong_count(thing) == 1);
            let oldest = slots.iter().enumerate().filter(|(_, slot)| is_free(slot)).min_by_key(|(_, slot)| slot.last_used);
            let Some((oldest, _)) = oldest else { return };
            slots.swap_remove(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_stays_and_the_oldest_goes() {
        let shelf = Shelf::<Vec<u8>>::default();
        let (half, size): (usize, fn(&Vec<u8>) -> usize) = (ROOM / 2 + 1, |thing| thing[0] as usize * (ROOM / 2 + 1));
        assert!(half * 2 > ROOM);
        let get = |name: &str| shelf.get(name, size, || Ok(vec![1])).expect("made");
        let kept = get("a");
        get("b");
        get("c");
        let names = || shelf.slots.lock().expect("held by nobody").1.iter().map(|s| s.name.clone()).collect::<Vec<_>>();
        // `a` is in use; the last one asked for has just been handed out; `b` had to go.
        assert!(names().contains(&"a".to_string()) && !names().contains(&"b".to_string()), "{:?}", names());
        drop(kept);
        let error = shelf.get("d", size, || Err(DataError::option("path", "no"))).expect_err("not made");
        assert_eq!(error, DataError::option("path", "no"));
    }
}
