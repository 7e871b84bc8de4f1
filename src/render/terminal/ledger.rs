//! Which models ran, and how much memory each arena took and freed.
//! Ledger rows in, lines out.

use super::Page;
use super::paint::Tone;
use crate::analysis::Analysis;
use crate::render::text::{self, clean, duration, mebibytes};

impl Page {
    pub(super) fn models(&mut self, analysis: &Analysis) {
        let models = &analysis.models;
        let named = [
            ("forecaster", &models.forecaster),
            ("sentiment", &models.sentiment),
            ("reporter", &models.reporter),
        ];
        let rows: Vec<Vec<(Tone, String)>> = named
            .iter()
            .filter_map(|(role, model)| Some((role, model.as_ref()?)))
            .map(|(role, model)| {
                let kind = if model.remote.is_none() { "sha256 " } else { "" };
                let hash = format!("{kind}{}", text::origin(model));
                vec![
                    (Tone::Plain, (*role).to_owned()),
                    (Tone::Strong, clean(&model.name())),
                    (Tone::Faint, hash),
                ]
            })
            .collect();
        if !rows.is_empty() {
            self.heading("Models", "");
            let lines = self.paint.columns(3, &rows);
            self.lines.extend(lines);
        }
    }

    pub(super) fn arenas(&mut self, analysis: &Analysis) {
        if analysis.arenas.is_empty() {
            return;
        }
        self.heading("Arenas", "MiB; one after the other, each freed before the next opens");
        let mut stages = vec![
            ["Stage", "Model", "Load", "Run"]
                .map(|name| (Tone::Faint, name.to_owned()))
                .to_vec(),
        ];
        let mut sizes = vec![
            [
                "Stage", "Need", "Weights", "KV", "Compute", "Before", "Peak", "After", "Freed", "File",
            ]
            .map(|name| (Tone::Faint, name.to_owned()))
            .to_vec(),
        ];
        for row in &analysis.arenas {
            let stage = || (Tone::Plain, row.stage.to_string());
            let times = [row.load_ms, row.run_ms].map(|time| (Tone::Plain, duration(time)));
            stages.push([vec![stage(), (Tone::Strong, clean(&row.model))], times.to_vec()].concat());
            let bytes = [
                (Tone::Plain, row.need_bytes),
                (Tone::Faint, row.weights_bytes),
                (Tone::Faint, row.kv_bytes),
                (Tone::Faint, row.compute_bytes),
                (Tone::Plain, row.anon_before),
                (Tone::Strong, row.anon_peak),
                (Tone::Plain, row.anon_after),
                (Tone::Good, row.freed_bytes),
                (Tone::Faint, row.file_peak),
            ];
            sizes.push(
                [
                    vec![stage()],
                    bytes.map(|(tone, size)| (tone, mebibytes(size))).to_vec(),
                ]
                .concat(),
            );
        }
        let lines = [
            self.paint.columns(2, &stages),
            vec![String::new()],
            self.paint.columns(1, &sizes),
        ]
        .concat();
        self.lines.extend(lines);
        self.faint(
            "Before, peak, after and freed are anonymous memory of the process; file is mapped libraries and weights.",
        );
        for said in analysis.arenas.iter().filter_map(text::asked_elsewhere) {
            self.faint(&said);
        }
    }
}
