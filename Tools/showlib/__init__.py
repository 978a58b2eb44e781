"""What the shows in Tools/shows share: a client written from Protocol/SPEC.md alone, a relay to try it on, and a report.

Nothing here is taken from the Swift sources, and it must stay so: these modules are the proof that the text is enough.
Standard library only.
"""
