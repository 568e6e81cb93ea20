"""The Domain API: OData v4 in ERP.net's dialect."""
