// Nothing of its own: a library needs a source, and this one is for the precompiled headers of the tests.
