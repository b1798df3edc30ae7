"""Bytes as the authorities and the client write them, one module a format; what codecs read.

Misspelt element names, GB18030 bytes that call themselves GB2312, times without a zone: all of it is the wire form.
"""
