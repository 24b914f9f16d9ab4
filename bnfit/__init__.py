"""bnfit: any CSV to an end-to-end Keras model whose first layer explains it."""

__version__ = "0.1.0"
