//! The plots, one row and one file each.

pub mod axis;
pub mod boundary;
pub mod confusion;
pub mod contour;
pub mod convergence;
pub mod curves;
mod differences;
pub mod divergence;
pub mod edf;
pub mod functions;
pub mod graph;
pub mod heatmap;
pub mod importance;
pub mod layers;
pub mod marker;
pub mod overfitting;
mod overlay;
pub mod panel;
pub mod parallel;
pub mod path;
pub mod picture;
pub mod samples;
pub mod scores;
pub mod slice;
pub mod templates;
pub mod timeline;
pub mod values;
pub mod words;

use std::fmt;

use crate::canvas::Figure;
use crate::error::ReportError;
use crate::groups::Group;
use crate::sheet::Sheet;
use crate::table::Tables;

/// What a plot draws from.
pub struct Subject<'a> {
    /// The tables.
    pub tables: &'a Tables,
    /// What the report is about.
    pub sheet: &'a Sheet,
    /// Configurations in the order of the trials.
    pub groups: &'a [Group],
    /// Their indices from best to worst.
    pub order: &'a [usize],
    /// Curves by configuration.
    pub curves: &'a curves::Curves,
}

/// A drawn plot.
pub struct Drawn {
    /// Stem of its files' names.
    pub stem: String,
    /// The picture.
    pub figure: Figure,
    /// What is seen, with n and the band's name.
    pub caption: String,
}

/// A word behind a plot's colon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Argument {
    /// A swept setting.
    Axis,
    /// A recorded quantity; may be left out.
    Quantity,
    /// A quantity of layers; may be left out.
    LayerQuantity,
}

/// A plot.
pub struct Plot {
    /// As written in `plots`.
    pub name: &'static str,
    /// The question that it answers.
    pub question: &'static str,
    /// Where the form comes from.
    pub source: &'static str,
    /// The recorded quantities that it draws, those of layers as `layers.…`; a study without them cannot have it.
    pub needs: &'static [&'static str],
    /// What may stand behind a colon.
    pub arguments: &'static [Argument],
    draw: fn(&Subject<'_>, &[String]) -> Result<Drawn, ReportError>,
}

/// Every plot.
pub static PLOTS: &[Plot] = &[
    Plot {
        name: "convergence",
        question: "Does it train, how fast, and how much do seeds differ?",
        source: "learning curve",
        needs: &[],
        arguments: &[Argument::Axis],
        draw: convergence::draw,
    },
    Plot {
        name: "overfitting",
        question: "When does it stop learning what generalises?",
        source: "scikit-learn's learning curve, with the gap",
        needs: &["train_loss", "valid_loss"],
        arguments: &[],
        draw: overfitting::draw,
    },
    Plot {
        name: "heatmap",
        question: "Do two settings interact?",
        source: "grid of means",
        needs: &[],
        arguments: &[Argument::Axis, Argument::Axis],
        draw: heatmap::draw,
    },
    Plot {
        name: "slice",
        question: "How does a quantity depend on one setting?",
        source: "slice plot of the usual tuners, with intervals",
        needs: &[],
        arguments: &[Argument::Axis, Argument::Quantity],
        draw: slice::draw,
    },
    Plot {
        name: "slice-mean",
        question: "How does a quantity depend on one setting, whatever the others are?",
        source: "marginal means of factorial designs, with intervals over seeds",
        needs: &[],
        arguments: &[Argument::Axis, Argument::Quantity],
        draw: slice::mean,
    },
    Plot {
        name: "divergence",
        question: "Where is the edge of stability?",
        source: "shares with the interval of Wilson 1927",
        needs: &[],
        arguments: &[Argument::Axis],
        draw: divergence::draw,
    },
    Plot {
        name: "parallel",
        question: "Which combinations are good?",
        source: "parallel coordinates, Inselberg 1985",
        needs: &[],
        arguments: &[],
        draw: parallel::draw,
    },
    Plot {
        name: "norm",
        question: "How large do the weights grow?",
        source: "learning curve of the weights' norm",
        needs: &["weight_norm"],
        arguments: &[Argument::Axis],
        draw: convergence::norm,
    },
    Plot {
        name: "layers",
        question: "Do gradients vanish or explode on their way down?",
        source: "Glorot and Bengio 2010, by epoch",
        needs: &["layers.grad_norm"],
        arguments: &[Argument::Axis, Argument::LayerQuantity],
        draw: layers::draw,
    },
    Plot {
        name: confusion::NAME,
        question: "Which classes are taken for which?",
        source: "the usual confusion matrix, with the samples behind it",
        needs: &["weights", "test_accuracy"],
        arguments: &[],
        draw: confusion::draw,
    },
    Plot {
        name: templates::NAME,
        question: "What does each class look for?",
        source: "CS231n, linear classification: the weights of a class as a picture",
        needs: &["weights"],
        arguments: &[],
        draw: templates::draw,
    },
    Plot {
        name: boundary::NAME,
        question: "Where does a model draw its boundary and its margins, and how steep is the curve that it fits?",
        source: "decision regions; H, H1 and H2 as in Burges 1998, A Tutorial on Support Vector Machines",
        needs: &["weights"],
        arguments: &[Argument::Axis],
        draw: boundary::draw,
    },
    Plot {
        name: "timeline",
        question: "Were the workers busy, and with what?",
        source: "the usual tuners' timeline of trials",
        needs: &[],
        arguments: &[],
        draw: timeline::draw,
    },
    Plot {
        name: "importance",
        question: "Which settings matter, alone and together, and how much is noise?",
        source: "analysis of variance, Fisher 1925; Type II (Yates 1934) where the grid is not complete",
        needs: &[],
        arguments: &[],
        draw: importance::draw,
    },
    Plot {
        name: "edf",
        question: "How good is each value of a setting over all the others?",
        source: "empirical distribution function, as performance profiles in Agarwal et al. 2021",
        needs: &[],
        arguments: &[Argument::Axis],
        draw: edf::draw,
    },
    Plot {
        name: "rate",
        question: "Between which rates does the loss fall?",
        source: "learning-rate range test, Smith 2017",
        needs: &["train_loss"],
        arguments: &[],
        draw: convergence::by_rate,
    },
    Plot {
        name: "path",
        question: "Which way does a descent take, and does it arrive?",
        source: "contours with the iterates, as in any textbook on optimization",
        needs: &["x", "value"],
        arguments: &[],
        draw: path::draw,
    },
    Plot {
        name: "picture",
        question: "What is a picture as numbers?",
        source: "any image editor's channels and histogram",
        needs: &["n_elements", "gray"],
        arguments: &[],
        draw: picture::draw,
    },
    Plot {
        name: "curves",
        question: "What does each activation look like, and its slope?",
        source: "any textbook on networks",
        needs: &["z", "slope"],
        arguments: &[],
        draw: functions::activations,
    },
    Plot {
        name: "curves-together",
        question: "How do the activations differ from each other?",
        source: "any textbook on networks",
        needs: &["z", "slope"],
        arguments: &[],
        draw: functions::together,
    },
    Plot {
        name: "graph",
        question: "How does the chain rule carry the derivative back?",
        source: "CS231n, backpropagation, intuitions",
        needs: &["value", "gradient"],
        arguments: &[],
        draw: graph::draw,
    },
    Plot {
        name: "likelihood",
        question: "Under which bias is what was seen most likely?",
        source: "Fisher 1922",
        needs: &["theta"],
        arguments: &[],
        draw: functions::likelihood,
    },
    Plot {
        name: "scores",
        question: "What does each loss say of given scores, and where does it push them?",
        source: "CS231n, linear classification: the losses of one sample side by side",
        needs: &["score", "gradient", "loss"],
        arguments: &[],
        draw: scores::draw,
    },
];

impl Plot {
    /// As it may be written in full: `heatmap:axis*axis`.
    pub fn form(&self) -> String {
        let word = |a: &Argument| if *a == Argument::Axis { "axis" } else { "quantity" };
        let words: Vec<&str> = self.arguments.iter().map(word).collect();
        if words.is_empty() { self.name.into() } else { format!("{}:{}", self.name, words.join("*")) }
    }
}

/// A plot that was asked for.
#[derive(Clone)]
pub struct PlotRequest {
    /// Its row.
    pub plot: &'static Plot,
    /// What stood behind the colon.
    pub arguments: Vec<String>,
}

impl fmt::Debug for PlotRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for PlotRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.plot.name)?;
        if self.arguments.is_empty() { Ok(()) } else { write!(f, ":{}", self.arguments.join("*")) }
    }
}

/// `convergence`, `heatmap`, `heatmap:train.lr*train.batch`. The error says what was possible.
pub fn parse_plot_request(text: &str) -> Result<PlotRequest, String> {
    let (name, rest) = text.split_once(':').map_or((text, None), |(n, r)| (n, Some(r)));
    let all = || PLOTS.iter().map(Plot::form).collect::<Vec<_>>().join(", ");
    let plot =
        PLOTS.iter().find(|p| p.name == name).ok_or_else(|| format!("unknown plot `{}`; possible: {}", name.escape_debug(), all()))?;
    let arguments: Vec<String> = rest.map_or(Vec::new(), |r| r.split('*').map(|a| a.trim().to_string()).collect());
    let n_needed = plot.arguments.iter().filter(|a| **a == Argument::Axis).count();
    let fits = arguments.is_empty() || (n_needed..=plot.arguments.len()).contains(&arguments.len());
    if plot.arguments.is_empty() && !arguments.is_empty() {
        return Err(format!("plot `{name}` takes nothing behind a colon"));
    }
    if !fits || arguments.iter().any(String::is_empty) || (arguments.len() == 2 && arguments[0] == arguments[1]) {
        return Err(format!("plot `{name}` is written {name} or {}", plot.form()));
    }
    Ok(PlotRequest { plot, arguments })
}

/// Draws what the sheet asks for.
pub fn draw_all(subject: &Subject<'_>) -> Result<Vec<(&'static Plot, Drawn)>, ReportError> {
    let by_default = || by_default(subject).into_iter().map(|plot| PlotRequest { plot, arguments: Vec::new() }).collect();
    let requests = subject.sheet.plots.clone().unwrap_or_else(by_default);
    requests.iter().map(|r| Ok((r.plot, r.draw(subject)?))).collect()
}

impl PlotRequest {
    /// Draws it.
    pub fn draw(&self, subject: &Subject<'_>) -> Result<Drawn, ReportError> {
        (self.plot.draw)(subject, &self.arguments)
    }
}

/// The plots of a report that names none: what its axes and its outcomes give something to see of.
fn by_default(subject: &Subject<'_>) -> Vec<&'static Plot> {
    let (n_axes, n_diverged) = (subject.sheet.axes.len(), subject.groups.iter().map(|g| g.n_diverged).sum::<usize>());
    let wanted = [
        ("convergence", true),
        ("overfitting", true),
        ("heatmap", heatmap::fits(subject)),
        ("slice", n_axes >= 1),
        ("importance", n_axes >= 2),
        ("divergence", n_diverged > 0),
        ("timeline", true),
    ];
    let has = |name: &str| wanted.iter().any(|(w, is_wanted)| *w == name && *is_wanted);
    PLOTS.iter().filter(|plot| has(plot.name)).collect()
}

/// At most as many as there is room for, two or more; evenly chosen, ends included.
pub fn few_of<T: Clone>(all: Vec<T>, most: usize) -> Vec<T> {
    if all.len() <= most { all } else { (0..most).map(|i| all[i * (all.len() - 1) / (most - 1)].clone()).collect() }
}

/// The stem of a plot's files: its name, and what stood behind the colon.
pub fn stem(name: &str, arguments: &[String]) -> String {
    let words: Vec<&str> = std::iter::once(name).chain(arguments.iter().map(String::as_str)).collect();
    words.join("-").replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_and_refused() {
        assert_eq!(parse_plot_request("heatmap:train.lr*train.batch").expect("fine").to_string(), "heatmap:train.lr*train.batch");
        for bad in
            ["convergense", "heatmap:a", "heatmap:a*a", "overfitting:x", "slice:a*b*c", "slice:*b", "divergence:a*b", "parallel:a", ""]
        {
            assert!(parse_plot_request(bad).is_err(), "{bad}");
        }
    }
}
