"""Who may do what: roles are bundles of permissions, and a route names one."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.ids import TenantId


class Permission(StrEnum):
    """What an actor may be allowed to do."""

    DECIDE_APPLICATIONS = "decide-applications"
    RECORD_DECISIONS = "record-decisions"
    VIEW_DECISIONS = "view-decisions"
    EXPLAIN_DECISIONS = "explain-decisions"
    VIEW_NOTICES = "view-notices"
    SEARCH_POLICIES = "search-policies"
    MANAGE_POLICIES = "manage-policies"
    RECORD_EVENTS = "record-events"
    VIEW_WORK = "view-work"
    DELIVER_NOTICES = "deliver-notices"
    REGISTER_MODELS = "register-models"
    VIEW_MODELS = "view-models"
    SET_CREDITOR = "set-creditor"
    ERASE_SUBJECTS = "erase-subjects"
    REQUEST_WORDINGS = "request-wordings"
    REVIEW_WORDINGS = "review-wordings"
    VIEW_WORDINGS = "view-wordings"
    VIEW_AUDIT = "view-audit"
    VIEW_JOBS = "view-jobs"
    REPLAY_JOBS = "replay-jobs"
    MANAGE_WEBHOOKS = "manage-webhooks"
    MANAGE_API_KEYS = "manage-api-keys"
    ISSUE_LINKS = "issue-links"
    READ_OWN_DECISION = "read-own-decision"
    REQUEST_OWN_REVIEW = "request-own-review"


class Role(StrEnum):
    """What one may be here; a token carries any but the customer's."""

    UNDERWRITER = "underwriter"
    COMPLIANCE = "compliance"
    REVIEWER = "reviewer"
    SERVICE = "service"
    ADMIN = "admin"
    CUSTOMER = "customer"


# What a person with a link to their decision may do, and nobody else.
OWN = frozenset({Permission.READ_OWN_DECISION, Permission.REQUEST_OWN_REVIEW})
STAFF = frozenset(Role) - {Role.CUSTOMER}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.UNDERWRITER: frozenset(
        {
            Permission.DECIDE_APPLICATIONS,
            Permission.VIEW_DECISIONS,
            Permission.EXPLAIN_DECISIONS,
            Permission.VIEW_NOTICES,
            Permission.SEARCH_POLICIES,
            Permission.RECORD_EVENTS,
            Permission.VIEW_WORK,
            Permission.VIEW_MODELS,
        }
    ),
    Role.COMPLIANCE: frozenset(
        {
            Permission.VIEW_DECISIONS,
            Permission.VIEW_NOTICES,
            Permission.SEARCH_POLICIES,
            Permission.MANAGE_POLICIES,
            Permission.RECORD_EVENTS,
            Permission.VIEW_WORK,
            Permission.DELIVER_NOTICES,
            Permission.REGISTER_MODELS,
            Permission.VIEW_MODELS,
            Permission.SET_CREDITOR,
            Permission.ERASE_SUBJECTS,
            Permission.REQUEST_WORDINGS,
            Permission.VIEW_WORDINGS,
            Permission.VIEW_AUDIT,
            Permission.VIEW_JOBS,
            Permission.ISSUE_LINKS,
        }
    ),
    Role.REVIEWER: frozenset(
        {
            Permission.VIEW_DECISIONS,
            Permission.SEARCH_POLICIES,
            Permission.REVIEW_WORDINGS,
            Permission.VIEW_WORDINGS,
        }
    ),
    # A system records and reads; what a person answers for is no machine's to do.
    Role.SERVICE: frozenset(Permission)
    - OWN
    - {
        Permission.REGISTER_MODELS,
        Permission.SET_CREDITOR,
        Permission.ERASE_SUBJECTS,
        Permission.MANAGE_POLICIES,
        Permission.REQUEST_WORDINGS,
        Permission.REVIEW_WORDINGS,
        Permission.VIEW_AUDIT,
        Permission.VIEW_JOBS,
        Permission.REPLAY_JOBS,
        Permission.MANAGE_WEBHOOKS,
        Permission.MANAGE_API_KEYS,
    },
    # Runs the installation and sees no applicant's decision.
    Role.ADMIN: frozenset(
        {
            Permission.SEARCH_POLICIES,
            Permission.VIEW_MODELS,
            Permission.VIEW_AUDIT,
            Permission.VIEW_JOBS,
            Permission.REPLAY_JOBS,
            Permission.MANAGE_WEBHOOKS,
            Permission.MANAGE_API_KEYS,
        }
    ),
    Role.CUSTOMER: OWN,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking, for which tenant, in which roles.

    An API key or a customer's session has no role: it holds `scopes`, permissions of its own.
    """

    name: str
    tenant_id: TenantId
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Permission] = frozenset()

    def may(self, permission: Permission) -> bool:
        """Whether the actor holds the permission, or any of the actor's roles grants it."""
        return permission in self.scopes or any(permission in GRANTS[role] for role in self.roles)
