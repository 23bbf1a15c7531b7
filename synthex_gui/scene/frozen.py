"""The base of every document node, and the mapping that nodes hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Generic, Self, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from synthex_gui.geometry.transforms import pose_problem

Key = TypeVar("Key")
Value = TypeVar("Value")

Matrix4 = tuple[
    tuple[float, float, float, float],
    tuple[float, float, float, float],
    tuple[float, float, float, float],
    tuple[float, float, float, float],
]


def _rigid(value: Matrix4) -> Matrix4:
    problem = pose_problem(value)
    if problem:
        raise ValueError(problem)
    return value


# A 4x4 of a rotation and a shift of at most a kilometre.
Pose = Annotated[Matrix4, AfterValidator(_rigid)]
# Coordinates beyond a kilometre are of a damaged file; far beyond, float arithmetic overflows.
MOST_MM = 1e6
Millimetres = Annotated[float, Field(ge=-MOST_MM, le=MOST_MM)]
# What a spin box holds.
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]

IDENTITY: Matrix4 = (
    (1.0, 0.0, 0.0, 0.0),
    (0.0, 1.0, 0.0, 0.0),
    (0.0, 0.0, 1.0, 0.0),
    (0.0, 0.0, 0.0, 1.0),
)


class Frozen(BaseModel):
    """Immutable, closed to unknown fields, finite numbers only, validated on every change."""

    # A misspelt field of a project edited by hand would be lost without a word; a NaN is no JSON,
    # and a scene with one never equals itself, so that every edit would count as a change.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def evolve(self, **changes: Any) -> Self:
        """A copy with some fields replaced, validated again (``model_copy`` would not).

        What is not replaced stays the same object: views compare the old and the new by identity.
        """
        # 60 us for a joint of a whole scene: a drag can afford it at every step.
        result = type(self).model_validate(dict(self) | changes)
        for name in type(self).model_fields:
            if name not in changes:
                # Validation copies tuples and mappings; the equal original takes their place.
                result.__dict__[name] = self.__dict__[name]
        return result


class FrozenMap(Mapping[Key, Value], Generic[Key, Value]):
    """A mapping that nobody can change: equal to a dict of the same items, hashable, a JSON object.

    A dict in a frozen node would still be shared by every snapshot that undo keeps: writing into
    one changes them all.
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[Key, Value] | None = None) -> None:
        self._items = dict(items or {})

    def __getitem__(self, key: Key) -> Value:
        return self._items[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return f"FrozenMap({self._items!r})"


class _Freeze:
    """Tells pydantic to keep a mapping as a FrozenMap."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        keys, values = (handler.generate_schema(kind) for kind in get_args(source))
        items = core_schema.dict_schema(keys, values)
        return core_schema.no_info_after_validator_function(
            FrozenMap,
            core_schema.no_info_before_validator_function(_plain, items),
            serialization=core_schema.wrap_serializer_function_ser_schema(
                lambda value, as_object: as_object(_plain(value)), schema=items
            ),
        )


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, FrozenMap) else value


# A field's type: takes any dict, holds a FrozenMap.
MapOf = Annotated[Mapping[Key, Value], _Freeze()]


def as_pose(matrix: Any) -> Matrix4:
    """A 4x4 array as the nested tuples of the document."""
    # Adding 0.0 turns -0.0 into 0.0: equal poses are equal bytes.
    rows = [tuple(float(value) + 0.0 for value in row) for row in matrix]
    return tuple(rows)  # type: ignore[return-value]
