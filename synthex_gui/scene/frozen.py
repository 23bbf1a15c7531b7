"""The base of every document node."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict

Matrix4 = tuple[
    tuple[float, float, float, float],
    tuple[float, float, float, float],
    tuple[float, float, float, float],
    tuple[float, float, float, float],
]


def _affine(value: Matrix4) -> Matrix4:
    if value[3] != (0.0, 0.0, 0.0, 1.0):
        raise ValueError("the last row of a 4x4 transform must be 0 0 0 1")
    return value


Pose = Annotated[Matrix4, AfterValidator(_affine)]

IDENTITY: Matrix4 = (
    (1.0, 0.0, 0.0, 0.0),
    (0.0, 1.0, 0.0, 0.0),
    (0.0, 0.0, 1.0, 0.0),
    (0.0, 0.0, 0.0, 1.0),
)


class Frozen(BaseModel):
    """Immutable, closed to unknown fields, finite numbers only, validated on every change."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def evolve(self, **changes: Any) -> Self:
        """A copy with some fields replaced, validated again (``model_copy`` would not).

        What is not replaced stays the same object: views compare the old and the new by identity.
        """
        result = type(self).model_validate(dict(self) | changes)
        for name in type(self).model_fields:
            if name not in changes:
                # Validation copies tuples and dicts; the equal original takes their place.
                result.__dict__[name] = self.__dict__[name]
        return result


def as_pose(matrix: Any) -> Matrix4:
    """A 4x4 array as the nested tuples of the document."""
    rows = [tuple(float(value) + 0.0 for value in row) for row in matrix]
    return tuple(rows)  # type: ignore[return-value]
