"""Signing in beyond the password: second factors, step-up, sessions, invitations, sign-in by another house."""
