"""Operations: actions are posted and functions are read, of the service as a whole or of an object.

Docs: https://docs.erp.net/dev/domain-api/operations/index.html
"""

from collections.abc import Callable

from werkzeug.wrappers import Response

from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.context import Context
from erpnet.sandbox.odata.operations import about, documents, entities, transactions
from erpnet.sandbox.odata.operations.imports import import_objects
from erpnet.sandbox.values import Row

Unbound = Callable[[Context], Response]
Bound = Callable[[Context, Entity, Row], Response]

UNBOUND: dict[tuple[str, str], Unbound] = {
    ("GET", ""): about.service_document,
    ("GET", "$metadata"): about.metadata,
    ("GET", "GetVersion"): about.version,
    ("GET", "GetRenamedEntityTypes"): about.renames,
    ("GET", "GetRepositoryEvents"): about.repository_events,
    ("POST", "ExecuteScript"): about.execute_script,
    ("POST", "BeginTransaction"): transactions.begin,
    ("POST", "EndTransaction"): transactions.end,
    ("GET", "GetChanges"): transactions.changes,
    ("GET", "WaitForChanges"): transactions.wait_for_changes,
    ("POST", "CreateAdjustmentDocuments"): transactions.create_adjustments,
    ("POST", "Import"): import_objects,
}
BOUND: dict[tuple[str, str], Bound] = {
    ("POST", "ChangeState"): documents.change_state,
    ("POST", "MakeVoid"): documents.make_void,
    ("POST", "Complete"): documents.complete,
    ("POST", "Recalculate"): documents.recalculate,
    ("POST", "ProcessSingleRoute"): documents.process_single_route,
    ("POST", "GetPrintout"): documents.printout,
    ("GET", "GetAllParentDocuments"): documents.all_parent_documents,
    ("POST", "CreateCopy"): entities.create_copy,
    ("POST", "CreateNotification"): entities.create_notification,
    ("GET", "GetAllowedCustomPropertyValues"): entities.allowed_custom_property_values,
    ("GET", "GetPropertyAllowedValues"): entities.property_allowed_values,
    ("GET", "GetOrCreateExtensibleDataObject"): entities.extensible_data_object,
    ("POST", "UpdateGS1ApplicationCodes"): entities.update_gs1_codes,
}
