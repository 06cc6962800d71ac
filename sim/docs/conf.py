"""Sphinx's configuration. The sources are a tree that acidsim_docs makes in build/docs/source: see README.md."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import acidsim_docs_docstrings

project = "acidsim"
author = "the authors of acidsim"
copyright = "the authors of acidsim, MIT licence"
version = release = os.environ["ACIDSIM_DOCS_VERSION"]

extensions = ["myst_parser", "breathe", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
root_doc = "index"
smartquotes = False

# READMEs hold JSON with …, program output and shell lines in indented blocks.
highlight_language = "text"
primary_domain = None
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

breathe_projects = {"acidsim": os.environ["ACIDSIM_DOCS_XML"]}
breathe_default_project = "acidsim"
breathe_default_members = ("members",)
breathe_show_define_initializer = False
breathe_show_include = False
cpp_index_common_prefix = ["acidsim::"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = f"acidsim {version}"
html_static_path = [str(Path(__file__).parent / "static")]
html_css_files = ["acidsim.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_domain_indices = False


def setup(app):
    app.connect("autodoc-process-docstring", acidsim_docs_docstrings.process)
