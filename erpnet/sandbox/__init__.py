"""A small ERP.net instance: site discovery, Instance ID and Domain API in one process, to run and test against."""
