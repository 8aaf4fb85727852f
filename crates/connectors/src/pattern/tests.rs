//! Names that patterns read and make, and patterns that are refused.

use super::*;

#[track_caller]
fn check(pattern: &str, name: &str, want: Option<(&str, Option<&str>)>) {
    let found = Pattern::parse(pattern).expect("a pattern").find(name);
    let found = found.as_ref().map(|it| (it.version.as_str(), it.build.as_deref()));
    assert_eq!(found, want, "{name} by {pattern}");
}

#[test]
fn names_are_read_by_their_pattern() {
    check("release/android/{version}", "release/android/9.1.24", Some(("9.1.24", None)));
    check("release/android/{version}", "release/ios/9.1.24", None);
    check("release/{version}", "release/android/9.1.24", None);
    check("release/{version}", "release/next", None);
    check("android/{version}+{build}", "android/9.1.24+4127", Some(("9.1.24", Some("4127"))));
    check("android/{version}+{build}", "android/9.1.24", None);
    check("android/{version}+{build}", "android/9.1.24+", None);
    check("v{version}-rc{build}", "v9.1-beta-rc12", Some(("9.1-beta", Some("12"))));
    check("build-{build}-of-{version}", "build-7-of-1.2", Some(("1.2", Some("7"))));
    check("{version}", "9.1.24", Some(("9.1.24", None)));
    check("Android {version}", "Android 9.1.24", Some(("9.1.24", None)));
    check("v{version}", "v1.2+3", Some(("1.2+3", None)));
}

#[test]
fn names_are_made_by_their_pattern_and_read_back() {
    let pattern = Pattern::parse("com.x@{version}+{build}").expect("a pattern");
    let version = Version::parse("9.1.24").expect("a version");
    let name = pattern.name(&version, "4127");
    assert_eq!(name, "com.x@9.1.24+4127");
    assert_eq!(pattern.find(&name), Some(Found { version, build: Some("4127".into()) }));
    assert_eq!(pattern.prefix(), "com.x@");
}

#[test]
fn a_pattern_that_tells_no_version_is_refused() {
    for text in ["release", "{build}", "{version}{build}", "{version}-{version}", "{v}", "{version"]
    {
        assert!(Pattern::parse(text).is_err(), "{text}");
    }
}
