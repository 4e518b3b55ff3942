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
    "Chart": "图表",
    "1 file": "1 个文件",
    "{count} files": "{count} 个文件",
    "File": "文件",
    "Size": "大小",
    "A fork brings them along, beside the copy.": "派生时会一并带上，放在副本旁边。",
    "Image": "镜像",
    "Profile of the server": "服务器配置",
    "Packages": "软件包",
    "Package": "软件包",
    "Parameter": "参数",
    "Parameter {name}": "参数 {name}",
    "Kept with it": "一并保存的内容",
    "File {name}": "文件 {name}",
    "The notebook is the same.": "笔记本相同。",
    "{count} more packages differ.": "另有 {count} 个软件包不同。",
    "Map": "地图",
    "Background tiles are not loaded.": "未加载底图。",
    "Lodge does not have what some of it is drawn by: {names}.": (
        "Lodge 没有绘制其中部分内容所需的脚本：{names}。"
    ),
    "As HTML": "导出 HTML",
    "One file that shows without Lodge and without a network": (
        "单个文件，无需 Lodge 和网络即可查看"
    ),
    "Open in the gallery": "在作品库中打开",
    "Who may read it": "谁可以阅读",
    "Everyone who is signed in": "所有已登录的人",
    "Only these, and administrators:": "仅限以下人员和组，以及管理员：",
    "Group {name}": "组 {name}",
    "People and other groups, separated by commas": "人员和其他组，用逗号分隔",
    "Not everyone may read it": "仅部分人可读",
    "Not for everyone": "仅部分人可读",
    (
        "A page in a wiki that others read says then only that the notebook is no longer shared; "
        "the wiki keeps what the page said before."
    ): "如果 Wiki 页面还有其他人能读，页面将只说明该笔记本已不再分享；Wiki 仍保留页面的历史版本。",
    "Nothing was found": "没有找到",
    "No shared notebook fits; try fewer or other words.": (
        "没有符合条件的笔记本，请减少或更换关键词。"
    ),
    "Show all notebooks": "显示全部笔记本",
    "Older notebooks": "更早的笔记本",
    "Newest notebooks": "最新的笔记本",
    "Pages": "分页",
    "SQL sources and tables": "SQL 数据源与表",
    "Source {name}": "数据源 {name}",
    "Table {name}": "表 {name}",
    "Notebooks that query the source {name}": "查询数据源 {name} 的笔记本",
    "Notebooks that query the table {name}": "查询表 {name} 的笔记本",
    "All notebooks": "全部笔记本",
    "{name} has shared no notebook yet": "{name} 还没有分享笔记本",
    "Order": "排序",
    "Latest": "最新",
    "Most read": "阅读最多",
    "Most forked": "派生最多",
    "First notebooks": "回到开头",
    "More notebooks": "更多笔记本",
    "{count} reader": "{count} 次阅读",
    "{count} readers": "{count} 次阅读",
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
    "The store of shared notebooks can't be reached; nothing was changed or lost. "
    "Try again in a minute, and tell your administrator if it stays so.": (
        "无法连接到分享的存储；没有任何更改或丢失。请一分钟后重试，如果仍然如此，请告知管理员。"
    ),
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
    "Wiki": "Wiki",
    "A page of the wiki shows this notebook to those who read there, and follows each new "
    "version.": ("在 Wiki 上为此笔记本创建页面，供那里的读者阅读，并随每个新版本更新。"),
    "In the wiki {wiki}:": "在 Wiki {wiki} 中：",
    "Up to date, version {number}": "已是最新，版本 {number}",
    "Taken back": "已撤回",
    "Not written yet, tried again {when}": "尚未写入，将于 {when} 重试",
    "Is being written…": "正在写入…",
    "Somebody has changed the page: say what is to be done.": "有人修改了该页面：请选择如何处理。",
    "The page was deleted in the wiki: say what is to be done.": (
        "该页面已在 Wiki 中被删除：请选择如何处理。"
    ),
    "The wiki does not take it": "Wiki 不接受此页面",
    "Look at it": "查看",
    "Publish": "发布",
    "Try again": "重试",
    "Update now": "立即更新",
    "Stop updating": "停止更新",
    "The page stays in the wiki as it is; new versions are no longer written to it": (
        "页面将原样保留在 Wiki 中，新版本不再写入"
    ),
    "“{title}” in the wiki {wiki}": "Wiki {wiki} 中的“{title}”",
    "Somebody has deleted the page in the wiki, so nothing was written.": (
        "该页面已在 Wiki 中被删除，因此没有写入任何内容。"
    ),
    "Make it anew": "重新创建",
    "A new page of the same title, with the newest version.": (
        "以相同标题创建新页面，内容为最新版本。"
    ),
    "Back to the notebook": "返回笔记本",
    "Somebody has changed the notebook's part of the page in the wiki, so nothing was written over "
    "it.": "有人修改了 Wiki 页面中属于此笔记本的部分，因此没有覆盖。",
    "Open the page": "打开页面",
    "Keep theirs, put mine below": "保留对方的修改，我的放在下方",
    "The page stays as it is; the newest version comes below a line.": (
        "页面保持不变，最新版本放在分隔线下方。"
    ),
    "Replace theirs": "替换对方的修改",
    "The newest version takes the place of what they wrote; the wiki's history keeps it.": (
        "用最新版本替换对方所写的内容；Wiki 的历史记录中仍会保留。"
    ),
    "Make a new page": "创建新页面",
    "This page stays as it is; the notebook gets another one.": (
        "此页面保持不变，为笔记本另建一页。"
    ),
    "What differs": "差异",
    "in the wiki": "Wiki 中",
    "of the notebook": "笔记本",
    "Both say the same by now.": "两者现已一致。",
    "Wikis": "Wiki",
    "No wiki is set up": "尚未配置 Wiki",
    "A table [wikis.NAME] in lodge.toml connects one; shares can then be published to it.": (
        "在 lodge.toml 中添加 [wikis.NAME] 即可连接 Wiki，之后便可将分享发布到那里。"
    ),
    "Name": "名称",
    "Kind": "类型",
    "Where": "位置",
    "Groups": "用户组",
    "everybody": "所有人",
    "Try": "测试",
    "waiting": "等待写入",
    "up to date": "已是最新",
    "changed there": "在 Wiki 中被修改",
    "deleted there": "在 Wiki 中被删除",
    "refused": "被拒绝",
    "Writes a test page, reads it and removes it": "写入一个测试页面，读取后删除",
    "what differs": "查看差异",
    "What changed": "更改内容",
    "Compared with the version before": "与前一版本比较",
    "Compare with the newest": "与最新版本比较",
    "Compare": "比较",
    "From version": "从版本",
    "to": "到",
    "Version {number} of": "版本 {number}：",
    "version {number} of": "版本 {number}：",
    "differs": "有差异",
    "new": "新增",
    "removed": "已删除",
    "Download version {number}": "下载版本 {number}",
    "Nothing differs": "没有差异",
    "Sources, outputs and settings are the same.": "源代码、输出和设置均相同。",
    "lines of source": "行源代码",
    "Settings of the notebook differ: {names}": "笔记本的设置不同：{names}",
    "1 cell is the same": "1 个单元格相同",
    "{count} cells are the same": "{count} 个单元格相同",
    "Cell {number}": "单元格 {number}",
    "The cell's kind, tags or other settings differ.": "单元格的类型、标签或其他设置不同。",
    "Gave before": "之前的输出",
    "Gives now": "现在的输出",
    "nothing": "无",
    "{count} more differences are not shown here; download both versions to see them.": (
        "另有 {count} 处差异未在此显示，请下载两个版本查看。"
    ),
    "Comments": "评论",
    "on version {number}": "针对版本 {number}",
    "Remove this comment": "删除这条评论",
    "It can't be brought back.": "删除后无法恢复。",
    "{count} like": "{count} 个赞",
    "{count} likes": "{count} 个赞",
    "Remove": "删除",
    "Your comment": "您的评论",
    "Comment": "评论",
    "@ and a login lets somebody know.": "用 @ 加用户名可以通知对方。",
    "You like it; press to take that back": "您已点赞，再次点击取消",
    "Say that you like it": "点赞",
    "Like": "赞",
    "For you": "与我有关",
    "Nobody has said anything to you yet": "还没有人对您说什么",
    "Comments that name you, and those on what you have shared, are listed here.": (
        "提到您的评论，以及对您分享内容的评论，会列在这里。"
    ),
    "names you, on": "提到了您，在",
    "on your": "评论了您的",
    "As PDF": "导出 PDF",
    "For a mail, an archive or paper": "用于邮件、存档或打印",
    "Contents": "目录",
    "Hide code": "隐藏代码",
    "Show code": "显示代码",
    "Environment": "运行环境",
    "Python and the packages it ran with": "运行时的 Python 和软件包",
    "Forks": "派生",
    "Nobody has shared a fork of it that you may read.": "还没有您可以阅读的派生版本。",
    "Proposal": "修改建议",
    "forked from version {number}": "派生自版本 {number}",
    "Accepted: version {number} has it.": "已采纳：见版本 {number}。",
    "Declined.": "已拒绝。",
    "Taken back by its author.": "已被作者撤回。",
    "only its outputs": "仅输出不同",
    "The notebook has this cell no more; accepted, it comes back.": (
        "笔记本中已没有这个单元格；采纳后将恢复。"
    ),
    "The notebook has changed this cell since; accepted, the proposal takes its place.": (
        "笔记本之后也修改了这个单元格；采纳后将被此建议取代。"
    ),
    "No cell differs.": "没有单元格不同。",
    "Accept what is chosen": "采纳所选修改",
    "It becomes a new version, with both your names.": "将成为新版本，并署两人的名字。",
    "A word to {name}": "给 {name} 的留言",
    "Decline": "拒绝",
    "Take it back": "撤回",
    "{name} decides about it.": "由 {name} 决定。",
    "Propose to the original": "向原作提交修改建议",
    "The owner of the original sees what you have changed, and takes over all, some or none "
    "of it.": ("原作的所有者会看到您的修改，并可全部、部分采纳或不采纳。"),
    "What you have changed, and why": "修改了什么，为什么",
    "All who may read the original see these words, not what you have changed.": (
        "所有可阅读原作的人都会看到这段话，但看不到您的修改。"
    ),
    "Propose": "提交建议",
    "with changes of {name}": "含 {name} 的修改",
    "proposes changes": "提交了修改建议",
    "accepted changes that were proposed": "采纳了修改建议",
    "declined changes that were proposed": "拒绝了修改建议",
    "took a proposal back": "撤回了修改建议",
    "proposal {number}": "建议 {number}",
    "What is newest now stays among the versions": "现在最新的版本仍保留在版本列表中",
    "Make this version the newest": "将此版本设为最新",
    "Give to somebody else": "转交给他人",
    "It is theirs at once, with all its versions, and only they or an administrator can give it "
    "back. You may still read it.": (
        "转交立即生效，包括所有版本；只有对方或管理员可以转回。您仍可阅读。"
    ),
    "New owner": "新的所有者",
    "Give it to them": "转交",
    "What was done": "操作记录",
    "everyone who is signed in": "所有已登录用户",
    "nobody but its owner": "仅所有者",
    "Nothing has been noted yet": "还没有记录",
    "When": "时间",
    "Who": "操作者",
    "What": "操作",
    "shared it; to be read by": "分享了笔记本；可阅读者：",
    "made version {old} the newest, as version {number}": "将版本 {old} 恢复为最新版本 {number}",
    "made version {number}": "创建了版本 {number}",
    "changed title, description or tags": "修改了标题、描述或标签",
    "changed who may read it:": "修改了可阅读者：",
    "deleted it": "删除了笔记本",
    "undid its deletion": "撤销了删除",
    "removed it for good": "永久删除了笔记本",
    "gave it to {name}": "转交给 {name}",
    "sent it to the wiki {wiki}": "发布到 Wiki {wiki}",
    "left its page in the wiki {wiki} as it is": "不再更新 Wiki {wiki} 中的页面",
    "removed a comment of {name}": "删除了 {name} 的评论",
    "Older": "更早",
    "This wiki is no longer connected; the page stays as it is.": (
        "此 Wiki 已不再连接，页面保持不变。"
    ),
    "Run of {job}": "任务“{job}”的运行",
    "Its log": "查看日志",
    "Versions": "版本",
    "All versions": "全部版本",
    "Made by": "由谁生成",
    "When each was made, by whom or which run, and with which parameters": (
        "每个版本的生成时间、生成者或运行，以及所用参数"
    ),
    "had a run of {job} make version {number}": "任务“{job}”的运行生成了版本 {number}",
    "Parameters": "参数",
    "Your account of the wiki {wiki}": "您在 Wiki“{wiki}”中的账号",
    "Pages that you publish are written as {name}, since": (
        "您发布的页面以 {name} 的身份写入，开始于"
    ),
    "Pages stay as they are; Lodge forgets the token": "页面保持不变，Lodge 会删除该令牌",
    "Let Lodge's account write them again": "恢复由 Lodge 的账号写入",
    "Pages that you publish are written by Lodge's account, with your name at their top.": (
        "您发布的页面由 Lodge 的账号写入，页面顶部注明您的姓名。"
    ),
    (
        "With a token of yours the wiki names you as their author. Make it in the wiki, for Lodge "
        "alone, with no more rights than to write pages; Lodge keeps it encrypted, hands it to the "
        "wiki only, and shows it to nobody."
    ): (
        "使用您自己的令牌后，Wiki 会将您列为作者。"
        "请在 Wiki 中专为 Lodge 创建该令牌，只授予写页面的权限；"
        "Lodge 会加密保存，只提供给该 Wiki，不向任何人显示。"
    ),
    "Account, or name of the bot password": "账号或机器人密码名称",
    "Token": "令牌",
    "Use this account": "使用此账号",
    "Use this one instead": "改用此账号",
    "What you publish is written as {name}": "您发布的内容以 {name} 的身份写入",
    "What you publish is written by Lodge's account": "您发布的内容由 Lodge 的账号写入",
    "Use your own": "使用自己的账号",
    "Change": "更改",
    "I have read them": "标为已读",
}
