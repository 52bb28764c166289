//! `terraform/` as code: its form, each module and example by Terraform's own `validate` and `test` ([`modules`]), the policy
//! checks of checkov ([`policies`]), that what must be protected is made in one place ([`one_place`]), and what a newcomer
//! reads ([`newcomer`]). That it stands a pipeline up, `terraform_apply` tells.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

mod modules;
mod newcomer;
mod one_place;
mod policies;
