"""Messages and stubs of `rankwire.v1`, generated from proto/ by `make proto`. Do not edit."""
