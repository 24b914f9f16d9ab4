"""The model file: reading, writing, predicting, and Keras both ways."""
