//! The style sheet: `style/main.css` and what it imports, made into one small file.
//!
//! Nothing is rewritten for old browsers. Nesting, layers and `light-dark()` are in every browser that this product
//! supports, and lowering them makes the file several times as large.

use std::path::Path;

use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::printer::PrinterOptions;
use lightningcss::stylesheet::{MinifyOptions, ParserOptions};

/// The bundled, minified sheet that begins at `main`. A mistake in it is an error with file, line and column.
pub(crate) fn bundle(main: &Path) -> Result<String, String> {
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler.bundle(main).map_err(|error| place(main, &error))?;
    sheet.minify(MinifyOptions::default()).map_err(|error| place(main, &error))?;
    let printed = sheet
        .to_css(PrinterOptions { minify: true, ..PrinterOptions::default() })
        .map_err(|error| place(main, &error))?;
    Ok(printed.code)
}

fn place<T: std::fmt::Display>(main: &Path, error: &lightningcss::error::Error<T>) -> String {
    match &error.loc {
        // Lightning CSS counts lines from 0.
        Some(at) => format!("{}:{}:{}: {}", at.filename, at.line + 1, at.column, error.kind),
        None => format!("{}: {}", main.display(), error.kind),
    }
}

#[cfg(test)]
mod tests;
