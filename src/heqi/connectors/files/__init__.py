"""Files as institutions really export them: CSV in UTF-8 or GB18030, xlsx, headers in Chinese or English."""
