"""What the renderer itself says, in English and Chinese."""

from __future__ import annotations

_CHINESE = {
    "{count} more characters are not shown here; the downloaded notebook has them.": (
        "此处还有 {count} 个字符未显示，下载笔记本可查看全部。"
    ),
    "{count} more cells are not shown here; the downloaded notebook has them.": (
        "此处还有 {count} 个单元格未显示，下载笔记本可查看全部。"
    ),
    "This output is not shown, because the page is full; the downloaded notebook has it.": (
        "页面内容过多，此输出未显示，下载笔记本可查看。"
    ),
    "This picture is too large to be shown here; the downloaded notebook has it.": (
        "图片过大，此处未显示，下载笔记本可查看。"
    ),
    "This picture could not be read.": "无法读取此图片。",
    "This output is interactive and shows only in a running notebook: fork it to use it.": (
        "此输出为交互式内容，仅在运行中的笔记本里显示：请派生后运行。"
    ),
    "This output is interactive in the gallery and in a running notebook: fork it to use it.": (
        "此输出为交互式内容，可在作品库或运行中的笔记本里使用：请派生后运行。"
    ),
    "Output": "输出",
    "Picture": "图片",
    "Picture of cell {number}": "第 {number} 个单元格的图片",
    "Picture kept elsewhere": "图片存于别处",
    "Chart of cell {number}": "第 {number} 个单元格的图表",
    "Map of cell {number}": "第 {number} 个单元格的地图",
    "Widgets of cell {number}": "第 {number} 个单元格的控件",
    "Figure of Bokeh": "Bokeh 图表",
    "Axis across: {label}": "横轴：{label}",
    "Axis up: {label}": "纵轴：{label}",
    "{glyph}: {count} points": "{glyph}：{count} 个点",
    "Table: {names}": "表格：{names}",
    "Map": "地图",
    "Markers: {count}": "标记：{count}",
    "Circles: {count}": "圆：{count}",
    "Lines and areas: {count}": "线与面：{count}",
    "Shapes of GeoJSON: {count}": "GeoJSON 图形：{count}",
    "Layers of heat: {count}": "热力图层：{count}",
    "Pictures laid over it: {count}": "叠加图片：{count}",
    "Code": "代码",
    "This notebook has no cells.": "此笔记本没有单元格。",
    "This cell failed": "此单元格执行失败",
    "Version {number}, shared by {owner} (Lodge)": "版本 {number}，由 {owner} 分享（Lodge）",
    "Shared by {owner} on {date}, version {number}": "由 {owner} 于 {date} 分享，版本 {number}",
    "Run of {job}, {moment}": "任务“{job}”的运行，{moment}",
    "Parameters: {parameters}": "参数：{parameters}",
    "Open in the gallery": "在作品库中打开",
    "Open a running copy": "打开可运行的副本",
    "Output, {count} lines": "输出，共 {count} 行",
    "{count} more rows are not shown here; the downloaded notebook has them.": (
        "此处还有 {count} 行未显示，下载笔记本可查看全部。"
    ),
    "No longer shared (Lodge)": "已不再分享（Lodge）",
    "This notebook is no longer shared.": "此笔记本已不再分享。",
    "The rest of this notebook is not shown, because the page is full.": (
        "页面内容过多，笔记本的其余部分未显示。"
    ),
    "Tags: {tags}": "标签：{tags}",
    "Details": "详情",
}


class Words:
    """Speaks one language."""

    def __init__(self, language: str) -> None:
        self._messages = _CHINESE if language == "zh" else {}

    def __call__(self, message: str, **values: object) -> str:
        """Return `message` in the language, with ``{name}`` replaced by `values`."""
        text = self._messages.get(message, message)
        return text.format(**values) if values else text
