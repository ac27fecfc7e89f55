"""The merchant's side of the dev store: an admin that frames the app, and the stand-ins for App Bridge and Polaris."""

from devstore.frame.blueprint import create_blueprint

__all__ = ["create_blueprint"]
