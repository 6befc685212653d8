"""Frozen records that are quick to make: `attrs.frozen` and `attrs.evolve` by their own rules, made another way.

A shop makes some hundred records for every order. attrs writes each field of a frozen record past the guard that keeps
it frozen; here the fields are written while the record is still open, and then it becomes what it is, which takes half
the time (decision record 18).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar, cast

import attrs

__all__ = ["changed", "changer", "compiled", "frozen", "maker"]


def compiled(name: str, lines: list[str], names: dict[str, Any]) -> Callable[..., Any]:
    """The function of that name that these lines define; `names` are the objects they speak of.

    Holds: the lines are made of field names of our own classes and of nothing else.
    """
    space = dict(names)
    exec("\n".join(lines), space)  # noqa: S102 (as attrs makes its methods: from identifiers, never from stored text)
    return cast(Callable[..., Any], space[name])


class _Recipe(NamedTuple):
    """How a record is made: the arguments its maker takes, the lines that write them, and the objects they speak of."""

    arguments: list[str]
    body: list[str]
    end: list[str]
    names: dict[str, Any]


# Compiling a function takes longer than anything else a class needs when it is imported, and most records of a shop
# are never changed, nor made by hundreds: their functions are compiled when somebody asks for them.
_RECIPES: dict[type[Any], _Recipe] = {}

_CHANGED: dict[type[Any], Callable[..., Any]] = {}
"""What makes a changed copy of a record, by its class."""

_MAKERS: dict[type[Any], Callable[..., Any]] = {}
"""What makes a record, by its class."""

P = ParamSpec("P")
R = TypeVar("R")


def maker(cls: Callable[P, R]) -> Callable[P, R]:
    """The function that makes records of a class, or its named tuples, as the class itself does when it is called.

    Shape: a class that is called gathers its arguments into a dict and takes them out again, which costs more than
    writing the fields; what is made at every order is made by its maker.

    >>> @frozen(kw_only=True)
    ... class Box:
    ...     length_mm: int
    ...     width_mm: int = 100
    >>> new_box = maker(Box)
    >>> new_box(length_mm=300) == Box(length_mm=300)
    True
    """
    kind = cast(type[Any], cls)
    made = _MAKERS.get(kind)
    if made is None and kind in _RECIPES:
        made = _MAKERS[kind] = _record_maker(kind)
    elif made is None and issubclass(kind, tuple) and hasattr(kind, "_fields"):
        made = _MAKERS[kind] = _tuple_maker(kind)
    return cls if made is None else cast(Callable[P, R], made)


def changer(cls: Callable[..., R], *changing: str) -> Callable[..., R]:
    """The function that makes copies of records of a class with other values in those fields, which are all given.

    Shape: `changed` may be told any fields, so it gathers them into a dict and writes them over what it has copied;
    what is changed at every order is changed by its changer, in half the time.

    >>> @frozen(kw_only=True)
    ... class Box:
    ...     length_mm: int
    ...     width_mm: int = 100
    >>> widened = changer(Box, "width_mm")
    >>> widened(Box(length_mm=300), width_mm=200)
    Box(length_mm=300, width_mm=200)
    """
    kind = cast(type[Any], cls)
    _, _, end, names = _RECIPES[kind]
    fields = [field.name for field in attrs.fields(kind)]
    if unknown := set(changing) - set(fields):
        raise TypeError(f"{kind.__qualname__} has no field {min(unknown)!r}")
    lines = [
        f"def change(_old_, {', '.join(changing)}):",
        "    _new_ = _Open_()",
        *[f"    _new_.{name} = {name if name in changing else f'_old_.{name}'}" for name in fields],
        "    _new_.__class__ = _cls_",
        *end,
    ]
    return compiled("change", lines, names)


def _record_maker(kind: type[Any]) -> Callable[..., Any]:
    """The function that makes records of that class."""
    arguments, body, _, names = _RECIPES[kind]
    return compiled("make", [f"def make({', '.join(arguments)}):", *body], names)


def _tuple_maker(kind: Any) -> Callable[..., Any]:
    """The function that makes named tuples of that class."""
    arguments = [f"{name}=_defaults_[{name!r}]" if name in kind._field_defaults else name for name in kind._fields]
    row = ", ".join(kind._fields)
    lines = [f"def make({', '.join(arguments)}):", f"    return _new_(_cls_, ({row},))"]
    return compiled("make", lines, {"_new_": tuple.__new__, "_cls_": kind, "_defaults_": kind._field_defaults})


if TYPE_CHECKING:
    from attrs import evolve as changed
    from attrs import frozen
else:

    def frozen(cls: type[Any] | None = None, *, kw_only: bool = False) -> Any:
        """The class as a frozen attrs class with slots, and its fields as arguments.

        Shape: whoever wants converters, validators or made-up defaults gets them, at the speed of attrs.

        >>> @frozen
        ... class Box:
        ...     length_mm: int
        ...     width_mm: int = 100
        >>> Box(300), changed(Box(300), width_mm=200)
        (Box(length_mm=300, width_mm=100), Box(length_mm=300, width_mm=200))
        """
        if cls is None:
            return lambda cls: frozen(cls, kw_only=kw_only)
        made = attrs.frozen(cls, kw_only=kw_only, weakref_slot=False)
        if _can_be_quickened(made, kw_only=kw_only):
            _quicken(made, kw_only=kw_only)
        return made

    def changed(record: Any, /, **changes: Any) -> Any:
        """The record with other values in some of its fields, which are named as they are in the record."""
        kind = record.__class__
        quick = _CHANGED.get(kind)
        if quick is None:
            if kind not in _RECIPES:
                return attrs.evolve(record, **changes)
            quick = _CHANGED[kind] = _record_changer(kind)
        return quick(record, changes)


def _can_be_quickened(cls: type[Any], *, kw_only: bool) -> bool:
    fields = attrs.fields(cls)
    return (
        all(_is_plain(field) and field.kw_only == kw_only for field in fields)
        and cls.__mro__[1:] == (object,)
        and tuple(getattr(cls, "__slots__", ())) == tuple(field.name for field in fields)
        and not hasattr(cls, "__attrs_pre_init__")
        and not hasattr(cls, "__attrs_init__")  # it has an `__init__` of its own
    )


def _is_plain(field: attrs.Attribute[Any]) -> bool:
    return (
        field.init
        and field.converter is None
        and field.validator is None
        and field.alias == field.name
        and not isinstance(field.default, attrs.Factory)  # type: ignore[arg-type]
    )


def _no_base(cls: type[Any], /, **_: Any) -> None:
    raise TypeError(f"{cls.__mro__[1].__qualname__} is a record and no base: {cls.__qualname__} must hold one instead")


_OPEN = {"__slots__": (), **{name: getattr(object, name) for name in ("__new__", "__setattr__", "__delattr__")}}
"""What a class takes back to be an open twin: the guard, for deleting as well, as Python keeps one place for both.

Shape: a twin that is a subclass becomes a record at once; of two classes side by side Python compares all slots.
"""


def _quicken(cls: type[Any], *, kw_only: bool) -> None:
    """Give the class a `__new__` that writes the fields of an open twin, which then becomes a record."""
    fields = attrs.fields(cls)
    # The functions' own names begin and end in an underline, as no field does.
    names: dict[str, Any] = {"_cls_": cls, "_Open_": type(f"Open{cls.__name__}", (cls,), dict(_OPEN))}
    arguments = ["_cls_", "*"] if kw_only and fields else ["_cls_"]
    for field in fields:
        if field.default is attrs.NOTHING:
            arguments.append(field.name)
        else:
            names[f"_default_{field.name}_"] = field.default
            arguments.append(f"{field.name}=_default_{field.name}_")
    end = ["    _new_.__attrs_post_init__()"] * hasattr(cls, "__attrs_post_init__") + ["    return _new_"]
    body = [
        "    _new_ = _Open_()",
        *[f"    _new_.{field.name} = {field.name}" for field in fields],
        "    _new_.__class__ = _cls_",
        *end,
    ]
    new = compiled("__new__", [f"def __new__({', '.join(arguments)}):", *body], names)
    new.__qualname__ = f"{cls.__qualname__}.__new__"
    new.__annotations__ = {field.name: field.type for field in fields}
    del cls.__init__
    cls.__new__ = new
    cls.__init_subclass__ = classmethod(_no_base)  # type: ignore[assignment]
    cls.__getnewargs_ex__ = lambda record: ((), {field.name: getattr(record, field.name) for field in fields})
    _RECIPES[cls] = _Recipe(arguments[1:], body, end, names)


def _record_changer(kind: type[Any]) -> Callable[..., Any]:
    """The function that makes changed copies of records of that class."""
    _, _, end, names = _RECIPES[kind]
    fields = [field.name for field in attrs.fields(kind)]
    return compiled(
        "changed",
        [
            "def changed(old, changes):",
            "    _new_ = _Open_()",
            *[f"    _new_.{name} = old.{name}" for name in fields],
            "    try:",
            "        for name, value in changes.items():",
            "            setattr(_new_, name, value)",
            "    except AttributeError:",
            f"        raise TypeError('{kind.__qualname__} has no field ' + repr(name)) from None",
            "    _new_.__class__ = _cls_",
            *end,
        ],
        names,
    )
