//! Which shapes there are.

use clap::ValueEnum;

use crate::shop::Shop;
use crate::{concurrent, one_by_one, partition_tasks, task_pool, threads};

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Shape {
    OneByOne,
    Concurrent,
    PartitionTasks,
    TaskPool,
    Threads,
}

impl Shape {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OneByOne => "one-by-one",
            Self::Concurrent => "concurrent",
            Self::PartitionTasks => "partition-tasks",
            Self::TaskPool => "task-pool",
            Self::Threads => "threads",
        }
    }

    /// Consumes orders until it is dropped.
    pub(crate) async fn consume(self, shop: &Shop) -> anyhow::Result<()> {
        match self {
            Self::OneByOne => one_by_one::consume(shop).await,
            Self::Concurrent => concurrent::consume(shop).await,
            Self::PartitionTasks => partition_tasks::consume(shop).await,
            Self::TaskPool => task_pool::consume(shop).await,
            Self::Threads => threads::consume(shop).await,
        }
    }
}
