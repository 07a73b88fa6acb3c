//! Problems of an input file: each says where, what, and what was possible.
//!
//! A pass collects every problem it finds before it gives up, so a user sees all of them at once.
//! Deliberately absent: error codes and warnings levels; a file is right or it is not.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A byte range of the experiment file; `None` for what did not come from the file (`--set`, the command line).
pub type Span = Option<Range<usize>>;

/// One thing that is wrong with an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Where in the file.
    pub span: Span,
    /// What is wrong: lower case, no final dot.
    pub message: String,
    /// What was possible, if that helps.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at a place.
    pub fn at(span: &Span, message: impl Into<String>) -> Problem {
        Problem { span: span.clone(), message: message.into(), help: None }
    }

    /// A problem with no place in a file.
    pub fn plain(message: impl Into<String>) -> Problem {
        Problem::at(&None, message)
    }

    /// The same problem, saying what was possible.
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
}

/// The most problems of one input that are shown, and the most bytes of its text that are looked at for them: a file of 4 MiB in one line,
/// each word of it wrong, would be drawn for hours.
pub const MAX_SHOWN: usize = 100;
const MAX_SOURCE: usize = 4 << 20;

/// The longest message or help that is shown whole, in characters.
const MAX_MESSAGE: usize = 2_000;

/// All problems of one input; shown together, exit status 2.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    /// The file's name as the user wrote it.
    pub file: String,
    /// The file's text, for the carets.
    pub text: String,
    /// What is wrong, in the order of the file.
    pub list: Vec<Problem>,
}

impl Problems {
    /// One problem that has no text to point into.
    pub fn one(message: impl Into<String>) -> Problems {
        Problems { list: vec![Problem::plain(message)], ..Problems::default() }
    }

    /// The rendered report, styled for a terminal when `color`.
    pub fn render(&self, color: Color) -> String {
        let renderer = match color {
            Color::Styled => Renderer::styled(),
            Color::Plain => Renderer::plain(),
        };
        let (mut blocks, mut n_bytes) = (Vec::new(), 0);
        for problem in self.list.iter().take(MAX_SHOWN) {
            let message = shortened(&problem.message);
            let title = Level::ERROR.primary_title(message.as_str());
            let mut group = match &problem.span {
                Some(span) => {
                    let (source, first_line, place) = lines(&clamp(span, &self.text), &self.text);
                    n_bytes += source.len();
                    Group::with_title(title).element(
                        Snippet::source(source)
                            .path(self.file.as_str())
                            .line_start(first_line)
                            .annotation(AnnotationKind::Primary.span(place)),
                    )
                }
                None => Group::with_title(title),
            };
            let help = problem.help.as_ref().map(|help| shortened(help));
            if let Some(help) = &help {
                group = group.element(Level::HELP.message(help.as_str()));
            }
            blocks.push(renderer.render(&[group]).to_string());
            if n_bytes > MAX_SOURCE {
                break;
            }
        }
        if blocks.len() < self.list.len() {
            let rest = format!("and {} more problems", self.list.len() - blocks.len());
            blocks.push(renderer.render(&[Group::with_title(Level::ERROR.primary_title(rest.as_str()))]).to_string());
        }
        blocks.join("\n\n")
    }
}

/// Whether a rendering carries terminal styles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Color {
    /// ANSI styles; stripped later by the stream where they are unwelcome.
    Styled,
    /// None.
    Plain,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Color::Plain))
    }
}

impl std::error::Error for Problems {}

/// A span that lies inside the text and on character borders, at least one character wide where there is one.
fn clamp(span: &Range<usize>, text: &str) -> Range<usize> {
    let floor = |mut i: usize| {
        i = i.min(text.len());
        while !text.is_char_boundary(i) {
            i -= 1;
        }
        i
    };
    floor(span.start)..floor(span.end.max(span.start))
}

/// The whole lines around a place, the number of the first, and the place in them.
fn lines<'a>(span: &Range<usize>, text: &'a str) -> (&'a str, usize, Range<usize>) {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at + 1);
    (&text[start..end], 1 + text[..start].matches('\n').count(), span.start - start..span.end - start)
}

/// A message without its middle, where it is longer than anyone reads.
fn shortened(message: &str) -> String {
    let n = message.chars().count();
    if n <= MAX_MESSAGE {
        return message.into();
    }
    let (head, tail) = (message.chars().take(MAX_MESSAGE / 2), message.chars().skip(n - MAX_MESSAGE / 2));
    head.chain(" … ".chars()).chain(tail).collect()
}

/// The nearest of `names` to what was written, for "did you mean".
pub fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The distance is at least the difference of the lengths, and takes their product of time.
    let may_be_near = |name: &&str| name.len().abs_diff(written.len()) <= 1 + name.len().min(written.len());
    names
        .into_iter()
        .filter(may_be_near)
        .map(|name| (strsim::damerau_levenshtein(written, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len().min(written.len()) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// "did you mean `x`?" and the list of what is possible.
pub fn suggestion<'a>(written: &str, names: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let all = names.clone().into_iter().collect::<Vec<_>>().join(", ");
    match nearest(written, names) {
        Some(name) => format!("did you mean `{name}`? possible: {all}"),
        None => format!("possible: {all}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_shown_with_line_column_and_caret() {
        let problems = Problems {
            file: "e.toml".into(),
            text: "a = 1\nname = 5\n".into(),
            list: vec![Problem::at(&Some(13..14), "name must be text").help("write quotes")],
        };
        let shown = problems.to_string();
        assert!(shown.contains("e.toml:2:8") && shown.contains('^') && shown.contains("write quotes"), "{shown}");
    }

    #[test]
    fn the_nearest_name_is_near() {
        assert_eq!(nearest("rleu", ["relu", "tanh"]), Some("relu"));
        assert_eq!(nearest("xyzzy", ["relu", "tanh"]), None);
    }
}
