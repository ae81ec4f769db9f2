"""The sandbox PBXware: a multi-tenant PBX of the demo world, with what its document says and clients have seen."""

from .app import PbxwareSandbox

__all__ = ["PbxwareSandbox"]
