//! Where secrets are found, and that nothing shows them.

use super::*;
use std::collections::BTreeMap;

struct Given(BTreeMap<&'static str, &'static str>);
impl Secrets for Given {
    fn env(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|it| (*it).to_owned())
    }
    fn file(&self, path: &Path) -> Result<String, String> {
        self.env(&path.display().to_string()).ok_or_else(|| "not found".to_owned())
    }
}

#[derive(Debug, Deserialize)]
struct Settings {
    token: SecretFrom,
}

fn read(text: &str) -> Result<SecretFrom, String> {
    toml::from_str::<Settings>(text).map(|it| it.token).map_err(|error| error.message().to_owned())
}

#[test]
fn a_secret_is_named_by_variable_or_file() {
    assert_eq!(read("token = { env = 'T' }"), Ok(SecretFrom::Env("T".into())));
    assert_eq!(read("token = { file = 'a/b' }"), Ok(SecretFrom::File("a/b".into())));
}

#[test]
fn a_secret_written_into_the_settings_is_refused_without_repeating_it() {
    for text in ["token = 'ghp_verysecret'", "token = { env = 'A', file = 'B' }", "token = {}"] {
        let words = read(text).expect_err(text);
        assert!(!words.contains("verysecret"), "{words}");
    }
    assert!(read("token = { value = 'x' }").expect_err("unknown").contains("value"));
}

#[test]
fn a_missing_or_empty_secret_is_an_error_that_names_its_place() {
    let given = Given(BTreeMap::from([("FULL", "  s3cret\n"), ("EMPTY", " \n")]));
    let take = |name: &str| SecretFrom::Env(name.to_owned()).take(&given);
    assert_eq!(take("FULL").expect("there").expose(), "s3cret");
    assert!(take("EMPTY").expect_err("empty").contains("EMPTY is empty"));
    assert!(take("GONE").expect_err("gone").contains("GONE is not set"));
    let file = SecretFrom::File("key.p8".into()).take(&given).expect_err("no file");
    assert!(file.contains("key.p8") && file.contains("not found"), "{file}");
}

#[test]
fn a_secret_is_not_shown_by_debug_and_is_struck_out_of_texts() {
    let secret = Secret::new("ghp_abcdef");
    assert_eq!(format!("{secret:?}"), "***");
    assert_eq!(secret.strike("bad ghp_abcdef!".to_owned()), "bad ***!");
}
