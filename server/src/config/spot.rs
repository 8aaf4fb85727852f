//! Where in a file something stands, and what somebody may have meant.

/// The starts of a text's lines.
pub(crate) struct Spots {
    starts: Vec<usize>,
    lines: Vec<String>,
}

impl Spots {
    pub(crate) fn of(text: &str) -> Self {
        let starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { starts, lines: text.lines().map(str::to_owned).collect() }
    }

    /// The line of a byte, from 1.
    pub(crate) fn line(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte)
    }

    /// The first line that sets the last part of a dotted key; 0 if none does.
    pub(crate) fn line_of(&self, key: &str) -> usize {
        self.line_below(0, key)
    }

    /// The same, from a line on; that line itself if no later one does.
    pub(crate) fn line_below(&self, from: usize, key: &str) -> usize {
        let name = key.rsplit('.').next().unwrap_or(key);
        let sets = |line: &str| {
            let line = line.trim_start();
            line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        self.lines
            .iter()
            .enumerate()
            .skip(from)
            .find(|(_, line)| sets(line))
            .map_or(from, |(index, _)| index + 1)
    }
}

/// `; did you mean x?` if one of the allowed words is close to what was found.
pub(crate) fn closest(found: &str, allowed: &[&str]) -> String {
    allowed
        .iter()
        .map(|word| (distance(found, word), word))
        .min()
        .filter(|(distance, word)| *distance <= 2.max(word.len() / 3))
        .map_or_else(String::new, |(_, word)| format!("; did you mean `{word}`?"))
}

/// How many letters must be put in, taken out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (cb, pair) in b.iter().zip(row.windows(2)) {
            let (Some(left), [diagonal, above]) = (next.last().copied(), pair) else { continue };
            next.push((diagonal + usize::from(ca != *cb)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}
