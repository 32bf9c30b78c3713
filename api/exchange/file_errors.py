"""Why a whole file is turned away. Errors of single rows are not exceptions: they are listed beside the good rows."""

from __future__ import annotations

from api.errors import DomainError


class FileRefused(DomainError):
    """The file as a whole cannot be read (422); nothing of it was taken."""

    status = 422
    code = "file-refused"
    title = "文件无法读取"


class FileEmpty(FileRefused):
    """There is no header row or no data row."""

    code = "file-empty"
    title = "文件是空的，没有表头或没有数据行"


class FileTooLarge(FileRefused):
    """More bytes, packed or unpacked, than the limit (413)."""

    status = 413
    code = "file-too-large"
    title = "文件过大，请拆分后再导入"


class FileTooManyRows(FileRefused):
    """More rows than one import may have (413)."""

    status = 413
    code = "file-too-many-rows"
    title = "文件行数过多，请拆分后再导入"


class FileTooManyColumns(FileRefused):
    """More columns than any known layout has."""

    code = "file-too-many-columns"
    title = "文件列数过多，请使用导入模板"


class FileEncodingUnknown(FileRefused):
    """The bytes are neither UTF-8 nor UTF-16 with a mark nor GB18030."""

    code = "file-encoding-unknown"
    title = "无法识别文件编码，请另存为 UTF-8 或 GB18030 编码的 CSV 文件"


class FileIsBinary(FileRefused):
    """A text file was expected and the content is binary."""

    code = "file-is-binary"
    title = "文件不是表格：请上传 .csv、.xlsx 或 .xls 文件"


class FileIsHtml(FileRefused):
    """A web page or an XML document that calls itself a spreadsheet."""

    code = "file-is-html"
    title = "文件实际是网页(HTML/XML)，请在 Excel 中另存为 .xlsx 后再导入"


class FileTypeMismatch(FileRefused):
    """The name says one format and the content is another."""

    code = "file-type-mismatch"
    title = "文件内容与扩展名不符，请用 Excel 重新另存后再导入"


class FileDamaged(FileRefused):
    """A spreadsheet that is cut off, damaged or encrypted."""

    code = "file-damaged"
    title = "表格文件已损坏、不完整或设有密码，请重新保存后再导入"


class FileUnsafe(FileRefused):
    """A spreadsheet built to hurt: macros, links to outside, a bomb, or entries that contradict each other."""

    code = "file-unsafe"
    title = "表格文件含有宏、外部链接或异常压缩内容，已拒绝"


class FileTooCostly(FileRefused):
    """Reading the file took more memory or time than any honest file of its size."""

    code = "file-too-costly"
    title = "读取该文件耗用的内存或时间超出限度，请重新另存或拆分后再导入"


class HeaderDuplicated(FileRefused):
    """Two columns carry the same heading, so that it is unknown which one counts."""

    code = "header-duplicated"
    title = "表头有重复的列"


class HeaderIncomplete(FileRefused):
    """A required column is missing."""

    code = "header-incomplete"
    title = "表头缺少必需的列"
