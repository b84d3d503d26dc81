"""Published Caffe weights to weight files of this project.

`wire` and `caffe_schema` know the file format, `caffemodel` takes layers and means out of a file that nobody
vouches for, `targets` lists the networks that can be filled, `mapping` turns Caffe's layouts into Keras', and
`conversion` makes one file of the other. `download` fetches what has a lasting address.
"""
