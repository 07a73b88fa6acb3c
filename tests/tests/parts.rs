//! Networks in parts, from one run to the next: a backbone is trained, kept, loaded, frozen, and a new head trained on it.

use std::fs;

use thalweg_tests::{run, scratch};

const PRETRAIN: &str = r#"
name = "pretrain"
[base]
data  = { source = "digits", transform = ["unit-scale"] }
model = { backbone = [32, 16], norm = "batch-norm", dropout = 0.1 }
train = { optimizer = "momentum", lr = 0.05, epochs = 8, batch = 24 }
[replicates]
n = 2
[record]
weights = "best"
layers  = true
"#;

const TRANSFER: &str = r#"
name = "transfer"
[base]
data  = { source = "digits", transform = ["unit-scale"], split = [0.05, 0.45, 0.5] }
model = { norm = "batch-norm", neck = 8 }
train = { optimizer = "momentum", lr = 0.05, epochs = 10, batch = 8 }
[axes]
model.backbone = [
  [32, 16],
  { from = "out/pretrain/weights/best.safetensors", frozen = true },
  { from = "out/pretrain/weights/best.safetensors", frozen = false },
]
[record]
weights = "final"
"#;

/// The cells of a column, counted from the right: an axis of tables, which is in quotes, stands on the left.
fn from_the_right(csv: &str, name: &str) -> Vec<String> {
    let mut lines = csv.lines();
    let place = lines.next().and_then(|h| h.rsplit(',').position(|c| c == name)).expect("the column exists");
    lines.map(|l| l.rsplit(',').nth(place).expect("a cell").to_string()).collect()
}

#[test]
fn a_trained_backbone_serves_another_experiment() {
    let dir = scratch("parts");
    let (out, pretrain, transfer) = (dir.join("out"), dir.join("pretrain.toml"), dir.join("transfer.toml"));
    fs::write(&pretrain, PRETRAIN).expect("written");
    fs::write(&transfer, TRANSFER).expect("written");
    let path = |p: &std::path::Path| p.to_str().expect("UTF-8").to_string();
    let sweep = |file: &std::path::Path| run(&["sweep", &path(file), "--out", &path(&out)]);
    let (code, _, log) = sweep(&pretrain);
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("gradients of 1 combination checked"), "{log}");
    let layers = fs::read_to_string(out.join("pretrain/layers.csv")).expect("layers.csv");
    // 2 trials × 8 epochs × (two layers of the backbone and the head), and a header.
    assert_eq!(layers.lines().count(), 1 + 2 * 8 * 3);
    assert!(layers.starts_with("key,config,seed,epoch,layer,grad_norm,weight_norm,dead_fraction,"));

    let (code, _, log) = sweep(&transfer);
    assert_eq!(code, 0, "{log}");
    // The same file by another path is the same trial: the resolved experiment lies elsewhere and finds all records.
    let (code, told, log) = run(&["plan", &path(&out.join("transfer/experiment.toml")), "--out", &path(&out)]);
    assert!(code == 0 && told.contains("3 trials: 0 new, 3 cached"), "{told}{log}");
    // And a report from there is the same report, since tables name a file without its folder.
    let tables = || ["trials.csv", "summary.csv", "convergence.svg"].map(|f| fs::read(out.join("transfer").join(f)).expect("a table"));
    let before = tables();
    let (code, _, log) = run(&["report", &path(&out.join("transfer"))]);
    assert!(code == 0 && before == tables(), "{log}");
    // A frozen backbone is a better start on 90 samples than a draw.
    let trials = fs::read_to_string(out.join("transfer/trials.csv")).expect("trials.csv");
    let losses: Vec<f64> = from_the_right(&trials, "test_loss").iter().map(|c| c.parse().expect("a number")).collect();
    assert!(losses[1] < losses[0] && losses[2] < losses[0], "{losses:?}");

    // What is frozen is in the new file as it was in the old one; the neck is new.
    let bytes = |name: &std::path::Path| fs::read(name).expect("a weights file");
    let before = bytes(&out.join("pretrain/weights/best.safetensors"));
    let configs: Vec<&str> = trials.lines().skip(1).filter_map(|l| l.split(',').nth(1)).collect();
    let after = bytes(&out.join(format!("transfer/weights/{}-seed0.safetensors", configs[1])));
    let moved = bytes(&out.join(format!("transfer/weights/{}-seed0.safetensors", configs[2])));
    let tensor = tensor(&before, "backbone.1.weight");
    assert_eq!(tensor.len(), 64 * 32 * 4);
    let holds = |file: &[u8]| file.windows(tensor.len()).any(|w| w == tensor);
    assert!(holds(&after) && !holds(&moved));

    // Lost weights are told and made again, with the same bytes.
    let run_folder = out.join("transfer/weights");
    fs::remove_dir_all(&run_folder).expect("removed");
    let store: Vec<_> = walk(&out.join(".store"))
        .into_iter()
        .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("weights.")))
        .collect();
    store.iter().for_each(|p| fs::write(p, "torn").expect("written"));
    let (code, _, log) = sweep(&transfer);
    assert!(code == 0 && log.matches("are lost or damaged").count() == 3 && log.contains("3 trained"), "{log}");
    assert_eq!(bytes(&run_folder.join(format!("{}-seed0.safetensors", configs[1]))), after);
    fs::remove_dir_all(&dir).expect("removed");
}

/// The bytes of one tensor of a safetensors file, found by its offsets in the header.
fn tensor<'a>(file: &'a [u8], name: &str) -> &'a [u8] {
    let n = u64::from_le_bytes(file[..8].try_into().expect("8 bytes")) as usize;
    let header = std::str::from_utf8(&file[8..8 + n]).expect("UTF-8");
    let entry = &header[header.find(&format!("\"{name}\":")).expect("the tensor exists")..];
    let offsets = &entry[entry.find("\"data_offsets\":[").expect("offsets") + 16..];
    let ends: Vec<usize> = offsets[..offsets.find(']').expect("an end")].split(',').map(|n| n.parse().expect("a number")).collect();
    &file[8 + n + ends[0]..8 + n + ends[1]]
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries: Vec<_> = fs::read_dir(dir).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    entries.into_iter().flat_map(|p| if p.is_dir() { walk(&p) } else { vec![p] }).collect()
}

/// An odd parameter of an activation survives the way through a file to the last digit.
#[test]
fn a_backbone_is_accepted_by_its_own_settings() {
    let dir = scratch("leak");
    let (out, file) = (dir.join("out"), dir.join("x.toml"));
    let path = |p: &std::path::Path| p.to_str().expect("UTF-8").to_string();
    let leak = "leak = 0.9452706955539223, activation = \"leaky-relu\"";
    fs::write(&file, format!("name = \"x\"\n[base]\nmodel = {{ {leak} }}\ndata.transform = [\"unit-scale\"]\ntrain.epochs = 1\n[record]\nweights = \"final\"\n"))
        .expect("written");
    assert_eq!(run(&["sweep", &path(&file), "--out", &path(&out)]).0, 0);
    let from = "backbone = { from = \"out/x/weights/best.safetensors\" }";
    fs::write(&file, format!("name = \"y\"\n[base]\nmodel = {{ {leak}, {from} }}\n")).expect("written");
    let (code, _, log) = run(&["plan", &path(&file), "--out", &path(&out)]);
    assert_eq!(code, 0, "{log}");
    fs::remove_dir_all(&dir).expect("removed");
}

/// `auto` on an axis of initialisations stays each activation's own.
#[test]
fn auto_is_resolved_for_each_configuration() {
    let dir = scratch("auto");
    let file = dir.join("x.toml");
    fs::write(&file, "name = \"x\"\n[axes]\nmodel.init = [\"auto\", \"he\"]\nmodel.activation = [\"relu\", \"tanh\"]\n").expect("written");
    // he is relu's own, so one of four is a duplicate; for tanh it is another than auto.
    let (code, told, log) = run(&["plan", file.to_str().expect("UTF-8"), "--out", dir.to_str().expect("UTF-8")]);
    assert!(
        code == 0 && told.contains("auto") && told.contains("3 configurations") && told.contains("1 equal configurations"),
        "{told}{log}"
    );
    fs::remove_dir_all(&dir).expect("removed");
}
