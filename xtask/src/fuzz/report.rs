//! What a run came to, as its log says.

use std::fmt;

/// What a run of one target came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    target: String,
    executions: u64,
    /// Places in the code that were reached, and what was told apart about them.
    coverage: u64,
    features: u64,
    /// Processor time in seconds; runs on a busy machine get less than they last.
    seconds: u64,
    pub(crate) is_clean: bool,
}

impl Report {
    pub(crate) const HEAD: &str =
        "target              executions   coverage   features   processor time   findings";

    /// Reads the log of a run.
    pub(crate) fn read(target: &str, log: &str, is_clean: bool) -> Self {
        let mut report = Self {
            target: target.to_owned(),
            is_clean,
            ..Self::default()
        };
        for line in log.lines() {
            let mut words = line.split_whitespace();
            while let Some(word) = words.next() {
                let number = || words.clone().next().and_then(|word| word.parse().ok());
                match word {
                    "stat::number_of_executed_units:" => report.executions = number().unwrap_or(0),
                    "cov:" => report.coverage = number().unwrap_or(report.coverage),
                    "ft:" => report.features = number().unwrap_or(report.features),
                    _ => {}
                }
            }
        }
        // The last line is the time of the shell's children: in the program, and in the system for it.
        if let Some(line) = log.lines().last() {
            report.seconds = line.split_whitespace().filter_map(seconds).sum();
        }
        report
    }
}

/// The whole seconds of `12m3.45s`.
fn seconds(time: &str) -> Option<u64> {
    let (minutes, seconds) = time.strip_suffix('s')?.split_once('m')?;
    let (seconds, _) = seconds.split_once(['.', ',']).unwrap_or((seconds, ""));
    Some(minutes.parse::<u64>().ok()? * 60 + seconds.parse::<u64>().ok()?)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings = if self.is_clean { "none" } else { "SEE LOG" };
        write!(
            f,
            "{:18} {:>11} {:>10} {:>10} {:>13} s   {findings}",
            self.target, self.executions, self.coverage, self.features, self.seconds
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_read_to_their_end() {
        let log = "#2\tINITED cov: 5 ft: 6 corp: 1/1b\n\
            #9\tDONE   cov: 50 ft: 60 corp: 2/1Kb lim: 4 exec/s: 3 rss: 38Mb\n\
            stat::number_of_executed_units: 1234\n\
            0m0.001s 0m0.002s\n\
            1m2.345s 0m1.5s\n";
        let expected = Report {
            target: "email".into(),
            executions: 1234,
            coverage: 50,
            features: 60,
            seconds: 63,
            is_clean: true,
        };
        assert_eq!(Report::read("email", log, true), expected);
        assert_eq!(Report::read("email", "", false).executions, 0);
    }
}
