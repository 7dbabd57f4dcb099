//! Questions about flows and their answers, the same for `ztc explain` and `ztc-loader probe`.
//!
//! A [`Question`] names two ends; [`Ends`] finds what they are; a [`Judge`] (the tables of the
//! bundle, or the kernel) gives a verdict for each side; an [`Answer`] carries both with the rules
//! behind them. Must not know how an answer is shown to people.

mod answer;
mod answerer;
mod ends;
mod entities;
mod judge;
mod lines;
mod no_such_end;
mod question;
mod rule;

pub use answer::{Answer, Audit, NoAnswer, Side, Word};
pub use answerer::Answerer;
pub use ends::{End, Ends};
pub use judge::{Ask, Judge, Judged};
pub use lines::{FlowsError, MAX_LINE, answer_lines};
pub use no_such_end::NoSuchEnd;
pub use question::{NotAQuestion, Question, parse_port};
pub use rule::{Policy, Role, Rule};
