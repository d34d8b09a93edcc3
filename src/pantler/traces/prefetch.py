"""A load begun before it is needed, in compiled code: most of what large tables cost is the wait for memory."""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

_FOR_WRITING, _KEEP, _DATA = 1, 3, 1  # what LLVM's prefetch wants to know beside the address
_code: Any = cgutils  # has no annotations


def _fetch(typing: Any, array: Any, place: Any) -> Any:
    """Begin to load `array[place]` into the processor's cache; changes nothing. `place` may be a tuple of indices."""

    def built(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, sorts = signature.args[0], signature.args[1]
        is_tuple = isinstance(sorts, types.BaseTuple)
        given = _code.unpack_tuple(builder, arguments[1]) if is_tuple else [arguments[1]]
        pairs = zip(given, sorts if is_tuple else [sorts], strict=True)
        places = [context.cast(builder, value, sort, types.intp) for value, sort in pairs]
        held = context.make_array(kind)(context, builder, arguments[0])
        address = builder.bitcast(_code.get_item_pointer(context, builder, kind, held, places), _code.voidptr_t)
        number = _code.int32_t
        asked = ir.FunctionType(ir.VoidType(), [_code.voidptr_t, number, number, number])
        prefetch = _code.get_or_insert_function(builder.module, asked, "llvm.prefetch.p0i8")
        builder.call(prefetch, [address, number(_FOR_WRITING), number(_KEEP), number(_DATA)])
        return context.get_dummy_value()

    return types.void(array, place), built


fetch: Any = intrinsic(_fetch)
