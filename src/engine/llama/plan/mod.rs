//! From a workload and a budget to a context: how large it is opened, how sequences lie in it, how attention is computed.
//!
//! Imports go down this order: budgeted, need, attention, context_plan.

mod attention;
mod budgeted;
mod context_plan;
mod need;

pub(super) use self::attention::Way;
pub(super) use self::budgeted::{hint, within};
pub(super) use self::context_plan::{Capacity, ContextPlan, Layout};
pub(super) use self::need::{attention, context_cells, need};
