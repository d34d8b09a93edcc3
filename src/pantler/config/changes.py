"""What a changed configuration changes, so that a running gateway knows what to do about it."""

from pantler.config.values import Config, Model

# What is bound, opened or sized once, at the start.
AT_START = {
    "gateway": ("listen", "admin_listen", "admin_key_env", "pepper_env", "workers", "spans"),
    "cache": ("policy", "capacity", "path", "durability"),
}
# By which a model's stored answers are another's from now on, unless `revision` already sets them apart.
SAME_ANSWERS = ("provider", "base_url", "upstream_model", "settings")


def stale_models(old: Config, new: Config) -> tuple[str, ...]:
    """The models whose stored answers are to be purged."""
    before, after = _models(old), _models(new)
    return tuple(name for name, model in after.items() if name in before and _is_stale(before[name], model))


def at_restart(running: Config, new: Config) -> tuple[str, ...]:
    """Settings that hold from the next start only, since they are others than those with which the process began."""
    return tuple(
        f"[{table}], {key}"
        for table, keys in AT_START.items()
        for key in keys
        if getattr(getattr(running, table), key) != getattr(getattr(new, table), key)
    )


def _models(config: Config) -> dict[str, Model]:
    every = [*config.models, *([config.any_model] if config.any_model else [])]
    return {model.name: model for model in every}


def _is_stale(old: Model, new: Model) -> bool:
    return old.revision == new.revision and any(getattr(old, key) != getattr(new, key) for key in SAME_ANSWERS)
