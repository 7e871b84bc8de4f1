//! Plans the context for a workload and a budget: its size, the layout of sequences in it, and how attention is computed.
//!
//! Each module imports only from modules later in this list: paths_plan, budgeted, need, attention,
//! context_plan.

mod attention;
mod budgeted;
mod context_plan;
mod need;
mod paths_plan;

pub(super) use self::attention::Way;
pub(super) use self::budgeted::{hint, within};
pub(super) use self::context_plan::{Capacity, ContextPlan, Layout};
pub(super) use self::need::{attention, context_cells, need};
pub(super) use self::paths_plan::PathsPlan;
