//! Reads a dataset in pieces and works on them with several threads. A file goes in; the results come out in the file's order.
//! Holds a few pieces at a time, never the file.

use std::path::Path;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use super::chunk::{Broken, Chunk};
use super::read::Chunks;

/// Pieces in progress for each thread. With two, a thread has the next one at hand while the results are collected.
const AHEAD: usize = 2;

/// Where a scan ended: at the end of the file, or where it can no longer be read.
pub(super) type Ending = Result<(), Broken>;

/// Works on all pieces of a file with `threads` threads and gives the results to `gather` in the file's order.
///
/// # Errors
///
/// Those of `gather`, which end the scan.
pub(super) fn scan<R: Send, E>(
    path: &Path,
    threads: usize,
    work: impl Fn(Chunk) -> R + Sync,
    mut gather: impl FnMut(R) -> Result<(), E>,
) -> Result<Ending, E> {
    let chunks = match Chunks::open(path) {
        Ok(chunks) => chunks,
        Err(broken) => return Ok(Err(broken)),
    };
    // Each piece has a channel for its result. Their receivers stand in a queue in the order of the file, and the length of the
    // queue limits how many pieces are in memory.
    let (queue_in, queue) = mpsc::sync_channel::<mpsc::Receiver<R>>(threads.max(1) * AHEAD);
    let (work_in, work_out) = mpsc::channel::<(Chunk, mpsc::SyncSender<R>)>();
    let work_out = Mutex::new(work_out);
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            for chunk in chunks {
                let (result_in, result) = mpsc::sync_channel(1);
                if queue_in.send(result).is_err() || work_in.send((chunk?, result_in)).is_err() {
                    break;
                }
            }
            Ok(())
        });
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let next = work_out.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((chunk, result)) = next else { break };
                    if result.send(work(chunk)).is_err() {
                        break;
                    }
                }
            });
        }
        // A piece without a result is where reading ended.
        for result in queue.iter().map_while(|result| result.recv().ok()) {
            gather(result)?;
        }
        drop(queue);
        Ok(match reader.join() {
            Ok(ending) => ending,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn file(lines: usize) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0123456789abcdefghijklmnopqrstuvwxyz\n".repeat(lines)).unwrap();
        file
    }

    #[test]
    fn results_come_in_the_order_of_the_file_with_any_number_of_threads() {
        let file = file(1_000_000);
        for threads in [1, 2, 7] {
            let mut next = 1;
            let ending = scan(
                file.path(),
                threads,
                |chunk| {
                    chunk
                        .records()
                        .map(|(line, _)| line)
                        .fold((u64::MAX, 0), |(first, _), line| (first.min(line), line))
                },
                |(first, last)| {
                    assert_eq!(first, next);
                    next = last + 1;
                    Ok::<_, ()>(())
                },
            );
            assert_eq!(ending, Ok(Ok(())));
            assert_eq!(next, 1_000_001);
        }
    }

    #[test]
    fn an_error_ends_the_scan() {
        let file = file(1_000_000);
        let mut gathered = 0;
        let ending = scan(
            file.path(),
            2,
            |_| (),
            |()| {
                gathered += 1;
                if gathered == 2 { Err("enough") } else { Ok(()) }
            },
        );
        assert_eq!((ending, gathered), (Err("enough"), 2));
    }

    #[test]
    fn a_file_that_is_missing_is_where_reading_ends() {
        let ending = scan(Path::new("/nonexistent/a.jsonl"), 2, |_| (), |()| Ok::<_, ()>(()));
        assert_eq!(ending.unwrap().unwrap_err().line, None);
    }
}
