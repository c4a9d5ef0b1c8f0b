//! The services of the shop: what each does with a message.

mod audit;
mod checkout;
mod import;
mod inventory;
mod notifications;
mod payments;
mod shipping;
mod storefront;

pub(super) use audit::Audit;
pub(super) use checkout::Checkout;
pub(super) use import::Import;
pub(super) use inventory::Inventory;
pub(super) use notifications::Notifications;
pub(super) use payments::Payments;
pub(super) use shipping::Shipping;
pub(super) use storefront::Storefront;
