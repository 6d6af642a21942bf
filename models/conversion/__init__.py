"""The steps from a TFLite file to a fast ONNX file: `reader`, then `rewrites`, then `writer`."""
