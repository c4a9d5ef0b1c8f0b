//! What a service must do with the context of a message, seen from outside.

mod contract_report;
mod form;
mod forms;
mod service_contract;
mod settings;
mod verdict;

pub use contract_report::ContractReport;
pub use service_contract::ServiceContract;
