"""What ERP.net's model allows: which names exist, and which filters, orders and groups the server accepts.

The data beside this package, `model.json`, is taken from the public repository ErpNetDocs/model (entities,
attributes, references and their flags), CC BY 4.0, https://creativecommons.org/licenses/by/4.0/.
"""

from erpnet.model.data import AttributeData, EntityData, ReferenceData, entities, entity_of, kind_of
from erpnet.model.faults import faults_of

__all__ = ["AttributeData", "EntityData", "ReferenceData", "entities", "entity_of", "faults_of", "kind_of"]
