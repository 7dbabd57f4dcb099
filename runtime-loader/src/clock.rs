//! The kernel's monotonic nanoseconds as a date and time.
//!
//! Must not know what happened then.

use rustix::time::{ClockId, Timespec, clock_gettime};

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

/// What the monotonic clock has to be advanced by.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    offset: i64,
}

impl Clock {
    /// Compares the two clocks as they stand now.
    pub fn now() -> Self {
        let nanoseconds = |time: Timespec| time.tv_sec * SECOND + time.tv_nsec;
        let realtime = nanoseconds(clock_gettime(ClockId::Realtime));
        let monotonic = nanoseconds(clock_gettime(ClockId::Monotonic));
        Self {
            offset: realtime - monotonic,
        }
    }

    /// A moment of the monotonic clock in UTC, as RFC 3339 writes it, with microseconds.
    pub fn utc(&self, monotonic: u64) -> String {
        let monotonic = i64::try_from(monotonic).unwrap_or(i64::MAX);
        let time = monotonic.saturating_add(self.offset);
        let (seconds, micros) = (time.div_euclid(SECOND), time.rem_euclid(SECOND) / 1000);
        let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let (year, month, day) = date(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
    }
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last of its year, and in eras of 400
/// years, which all have the same number of days.
fn date(days: i64) -> (i64, i64, i64) {
    const ERA: i64 = 146_097;
    let from_march_0000 = days + 719_468;
    let era = from_march_0000.div_euclid(ERA);
    let day_of_era = from_march_0000.rem_euclid(ERA);
    let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / (ERA - 1);
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_calendar_has_them() {
        let at = |seconds: i64| {
            Clock {
                offset: seconds * SECOND,
            }
            .utc(1_500)
        };
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000001Z"),
            (951_782_400, "2000-02-29T00:00:00.000001Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000001Z"),
            (1_709_251_200, "2024-03-01T00:00:00.000001Z"),
            (1_767_225_599, "2025-12-31T23:59:59.000001Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000001Z"),
        ] {
            assert_eq!(at(seconds), text);
        }
    }
}
