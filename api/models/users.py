"""People and machines that use the service, their sessions and tokens. Secrets are stored only as hashes."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text

from api.models.base import (
    Field,
    SQLModel,
    big,
    count,
    county,
    fen,
    instant,
    key,
    moment,
    not_negative,
    sealed,
    text_c,
    word_of,
)
from api.vocabulary import RoleName


class User(SQLModel, table=True):
    """A person with one role in one unit. `person_key` is unique: nobody has two log-ins, so two makers are two people."""

    __tablename__ = "users"
    __table_args__ = (
        Index("uq_users_username", "username", unique=True),
        Index("uq_users_person_key", "person_key", unique=True),
        *not_negative("cash_held_fen"),
        CheckConstraint("(cash_held_fen = 0) = (cash_oldest_on IS NULL)", name="cash_has_a_day"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    username: str = text_c()
    person_key: str = text_c()
    """Staff number or another lasting mark of the person."""
    display_name: str = text_c()
    role: RoleName = word_of(RoleName)
    password_hash: str = text_c()
    second_factor_sealed: bytes | None = sealed(nullable=True)
    """TOTP secret of whoever approves or releases money."""
    second_factor_step: int | None = big(nullable=True, default=None)
    """Last time step used: a code is good once."""
    disabled_at: datetime | None = moment(default=None, nullable=True)
    failed_count: int = count()
    failed_at: datetime | None = moment(default=None, nullable=True)
    receipt_count: int = count()
    """Cash receipts written so far: the number of the last one. Counted up in the transaction that issues the next."""
    cash_held_fen: int = fen(default=0)
    """Cash in hand by the fund's books, kept beside the counter so that a blocked collector costs no further question."""
    cash_oldest_on: date | None = None
    """Day of the oldest receipt whose cash the bank has not confirmed."""
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class UserSession(SQLModel, table=True):
    """A browser's session, known by the hash of its cookie. Its CSRF token is derived from the cookie and not stored."""

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("county_code", "token_hash", name="uq_sessions_token_hash"),)

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    user_id: int = big()
    token_hash: bytes = sealed()
    second_factor_at: datetime | None = moment(default=None, nullable=True)
    created_at: datetime = instant()
    seen_at: datetime = instant()
    ended_at: datetime | None = moment(default=None, nullable=True)


class Client(SQLModel, table=True):
    """A machine of another system: OAuth2 client credentials, a set of permissions, a subtree."""

    __tablename__ = "clients"
    __table_args__ = (
        Index("uq_clients_client_key", "client_key", unique=True),
        CheckConstraint("char_length(client_key) BETWEEN 8 AND 64", name="client_key_length"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    client_key: str = text_c()
    """The public client_id."""
    name: str = text_c()
    role: RoleName = word_of(RoleName)
    """The client may do what this role may, within its unit and its scopes."""
    scopes: str = text_c()
    """Permissions, space-separated; those of the role that the client was given."""
    secret_hash: bytes = sealed()
    disabled_at: datetime | None = moment(default=None, nullable=True)
    created_at: datetime = instant()


class AccessToken(SQLModel, table=True):
    """A short-lived opaque bearer token, known by its hash."""

    __tablename__ = "access_tokens"
    __table_args__ = (UniqueConstraint("county_code", "token_hash", name="uq_access_tokens_token_hash"),)

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    client_id: int = big()
    token_hash: bytes = sealed()
    scopes: str = text_c()
    created_at: datetime = instant()
    expires_at: datetime = moment()
