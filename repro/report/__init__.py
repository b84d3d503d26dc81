"""What people look at: tables of results, figures, and videos with the prediction drawn in.

Arrays and finished numbers come in, text and pictures go out; nothing that is reported is computed here.
"""
