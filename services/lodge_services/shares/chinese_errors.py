"""Chinese of what the gallery says when something is not possible; values are in braces."""

ERRORS = {
    "There is no such share that you may read; it may have been deleted, or its owner shares it "
    "with others only.": "没有您可以阅读的这个分享；它可能已被删除，或所有者只分享给了其他人。",
    "Only {owner} may change this share; fork it instead.": (
        "只有 {owner} 可以更改此分享；您可以派生一份。"
    ),
    "This share has no version {number}.": "此分享没有版本 {number}。",
    "This version has no picture.": "此版本没有图片。",
    "This version has no chart {chart}.": "此版本没有图表 {chart}。",
    "The notebook of this share is lost or damaged in Lodge's store; its owner can share it "
    "again.": "此分享的笔记本已从 Lodge 的存储中丢失或损坏，所有者可以重新分享。",
    "This version can't be shown: its notebook is lost.": "无法显示此版本：其笔记本已丢失。",
    "What this version ran with is lost.": "此版本的运行环境信息已丢失。",
    "Nobody has told what this version ran with.": "没有人提供此版本的运行环境。",
    "There is a newer version by now; look at that first.": "现在已有更新的版本，请先查看。",
    "It holds what looks like secrets ({named}), and Lodge's administrator lets none be shared; "
    "take them out of sources and outputs, then share it again.": (
        "其中似乎含有密钥（{named}），Lodge 的管理员不允许分享；请从源代码和输出中移除后再分享。"
    ),
    "The cursor does not belong to this list; ask for its first page again.": (
        "此游标不属于这个列表，请重新打开第一页。"
    ),
    "The run's notebook holds what looks like secrets ({named}), which the notebook that was "
    "shared did not; take them out, or share the run's notebook by hand if they are none.": (
        "此次运行的笔记本中似乎含有密钥（{named}），而已分享的笔记本中没有；"
        "请将其移除，如果不是密钥，请手动分享此次运行的笔记本。"
    ),
    "This version has no such file.": "此版本没有这个文件。",
    "The files can't be kept: {why}.": "无法保存这些文件：{why}。",
    "The bytes of {name} were not sent, or too long ago; share it again.": (
        "{name} 的内容没有上传，或上传已过期；请重新分享。"
    ),
    "The file was changed on its way, or while it was read; try again.": (
        "文件在传输或读取过程中发生了变化，请重试。"
    ),
    "A file holds what looks like secrets ({kinds}), and Lodge's administrator lets none be "
    "shared; leave it out, then share the notebook again.": (
        "某个文件中似乎含有密钥（{kinds}），Lodge 的管理员不允许分享；请去掉该文件后再分享。"
    ),
    "{name} is lost or damaged in Lodge's store; the notebook's owner can share it again.": (
        "{name} 已从 Lodge 的存储中丢失或损坏，笔记本的所有者可以重新分享。"
    ),
    # Comparing and printing
    "These two are too large, or too unlike, to be compared cell by cell here; download both and "
    "compare them there.": "这两个版本过大或差异过多，无法在此逐个单元格比较；请下载后自行比较。",
    "This is the first version: there is none before it.": "这是第一个版本，之前没有其他版本。",
    "Chromium could not make a PDF of this notebook in time; print the page in your own browser "
    "instead.": "Chromium 未能及时将此笔记本导出为 PDF；请用您自己的浏览器打印此页面。",
    "There is no Chromium on Lodge's machine that could make a PDF; print the page in your own "
    "browser instead.": (
        "Lodge 的机器上没有可用于导出 PDF 的 Chromium；请用您自己的浏览器打印此页面。"
    ),
    # Comments
    "This share has {count} comments already; remove some, or write to its owner.": (
        "此分享已有 {count} 条评论；请删除一些，或直接联系所有者。"
    ),
    "This share has no comment {number}.": "此分享没有评论 {number}。",
    "Only {author}, who wrote it, and the share's owner may remove this comment.": (
        "只有作者 {author} 和分享的所有者可以删除这条评论。"
    ),
    # Proposals
    "There is no proposal {number} that you may see.": "没有您可以查看的建议 {number}。",
    "This proposal is accepted already.": "此建议已被采纳。",
    "This proposal is declined already.": "此建议已被拒绝。",
    "This proposal is withdrawn already.": "此建议已被撤回。",
    "Only a fork's owner proposes its changes.": "只有派生的所有者可以提交其修改。",
    "This notebook is no fork: there is nobody to propose to.": (
        "此笔记本不是派生的，没有可以提交建议的对象。"
    ),
    "The original is yours: share the changes as a version.": (
        "原作就是您的：请将修改分享为新版本。"
    ),
    "Nothing differs from what was forked.": "与派生来源相比没有差异。",
    "The proposal has changed by now; look at it again.": "此建议已有变化，请重新查看。",
    "Choose the changes to accept, or decline the proposal.": "请选择要采纳的修改，或拒绝此建议。",
    "Only {author} can take this back.": "只有 {author} 可以撤回。",
    # Names
    "Lodge knows nobody of the name {name}, or more than one; people can be named once they have "
    "signed in, by login or full name.": (
        "Lodge 不认识名为 {name} 的人，或不止一人叫此名；对方登录过之后，可用用户名或全名指定。"
    ),
    "Lodge knows nobody and no group of the name {name}; people can be named once they have signed "
    "in, by login or full name.": (
        "Lodge 不认识名为 {name} 的人或组；对方登录过之后，可用用户名或全名指定。"
    ),
    "Lodge knows no group of the name {name}.": "Lodge 没有名为 {name} 的组。",
    "The hub did not say whether there is {name}; nothing was changed. Try again in a minute.": (
        "中心未能确认 {name} 是否存在；没有任何更改。请一分钟后重试。"
    ),
    "Nothing is asked about this page.": "此页面没有待处理的问题。",
    # Tickets of forks
    "This fork link is not known; fork the notebook again.": "此派生链接无效，请重新派生笔记本。",
    "This fork link was made for another user; fork the notebook yourself.": (
        "此派生链接属于另一位用户，请自行派生笔记本。"
    ),
    "This fork link is older than ten minutes; fork the notebook again.": (
        "此派生链接已超过十分钟，请重新派生笔记本。"
    ),
    "This fork link was used already; the copy is in the folder forks, or fork the notebook "
    "again.": "此派生链接已使用过；副本已在您的文件中，也可以重新派生。",
    # Accounts of wikis
    "You have given no account of the wiki {wiki}.": "您尚未提供 Wiki“{wiki}”的账号。",
    "Nothing says up to which comment you have read.": "未说明已读到哪条评论。",
}
