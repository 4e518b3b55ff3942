"""Chinese words of the gallery."""

MESSAGES = {
    "Search": "搜索",
    "Search notebooks": "搜索笔记本",
    "Title, text, tag or person": "标题、正文、标签或人名",
    "Tags": "标签",
    "Shared by {owner}": "由 {owner} 分享",
    "Remove the filter {name}": "移除筛选 {name}",
    "{count} notebook": "{count} 个笔记本",
    "{count} notebooks": "{count} 个笔记本",
    "{count} fork": "{count} 次派生",
    "{count} forks": "{count} 次派生",
    "Notebooks shared": "已分享的笔记本",
    "Nothing is shared yet": "还没有人分享",
    "Open a notebook in JupyterLab and press Share: everyone can read and fork it here.": (
        "在 JupyterLab 中打开笔记本并点击“分享”，它就会出现在这里，供大家阅读和派生。"
    ),
    "Open JupyterLab": "打开 JupyterLab",
    "Nothing was found": "没有找到",
    "No shared notebook fits; try fewer or other words.": (
        "没有符合条件的笔记本，请减少或更换关键词。"
    ),
    "Show all notebooks": "显示全部笔记本",
    "Older notebooks": "更早的笔记本",
    "Newest notebooks": "最新的笔记本",
    "Pages": "分页",
    "“{title}” was deleted.": "“{title}”已删除。",
    "“{title}” was deleted": "“{title}”已删除",
    "Undo": "撤销",
    "You can bring it back within a week.": "一周内可以恢复。",
    "Show all": "全部显示",
    "Fork": "派生",
    "Copy this notebook into your own files and open it": "将此笔记本派生到你的文件中并打开",
    "Download": "下载",
    "Copy link": "复制链接",
    "Copied": "已复制",
    "Version": "版本",
    "Version {number}": "版本 {number}",
    "Version {number} of {count}": "版本 {number}（共 {count} 个）",
    "newest": "最新",
    "Show": "显示",
    "You are looking at an older version.": "你正在查看旧版本。",
    "This version can't be shown: its notebook is lost or damaged in Lodge's store. "
    "Its owner can share it again.": "无法显示此版本：其笔记本已从 Lodge 的存储中丢失或损坏，"
    "所有者可以重新分享。",
    "Show the newest": "查看最新版本",
    "shared": "分享于",
    "changed": "更改于",
    "Forked from": "派生自",
    "another notebook": "另一个笔记本",
    "Edit details": "编辑信息",
    "Delete": "删除",
    "Title": "标题",
    "Description": "说明",
    "Tags, separated by commas": "标签（用逗号分隔）",
    "Save": "保存",
    "Everybody loses sight of it at once; you can undo this for a week.": (
        "其他人将立即无法看到它；一周内你可以撤销。"
    ),
    "Type the title to confirm: {title}": "请输入标题以确认：{title}",
    "Delete this notebook": "删除此笔记本",
    "The title you typed is not the one of this notebook, so it was not deleted.": (
        "输入的标题与此笔记本不一致，因此没有删除。"
    ),
    "Notebook": "笔记本",
    "There is no such share; it may have been deleted by its owner.": (
        "没有这个分享，可能已被作者删除。"
    ),
}
