"""Which path is answered by what."""

from __future__ import annotations

from ..web.route import Route
from .api import accounts as accounts_api
from .api import comments as comments_api
from .api import comparing as comparing_api
from .api import events as events_api
from .api import files as files_api
from .api import proposals as proposals_api
from .api import runs as runs_api
from .api import shares as shares_api
from .api import wikis as wikis_api
from .pages import accounts as accounts_pages
from .pages import charts as charts_pages
from .pages import charts_libraries
from .pages import comments as comments_pages
from .pages import comparing as comparing_pages
from .pages import files as files_pages
from .pages import gallery as gallery_pages
from .pages import lineage as lineage_pages
from .pages import owner as owner_pages
from .pages import proposals as proposals_pages
from .pages import readers as readers_pages
from .pages import share as share_pages
from .pages import versions as versions_pages
from .pages import wikis as wikis_pages

_PROPOSAL = "proposals/{proposal}"
_ID = {"share_id": "[0-9a-z]{12}"}
_RUN = {"run_id": "[0-9a-z]{12}"}
_NAME = {"name": ".+"}


def routes() -> list[Route]:
    """Return the service's routes."""
    one = "api/shares/{share_id}"
    version = "{share_id}/versions/{number}"
    return [
        Route("api/shares", shares_api.SharesHandler, "shares"),
        Route(one, shares_api.ShareHandler, "share"),
        Route(f"{one}/restore", shares_api.RestoreHandler, "share_restore"),
        Route(f"{one}/versions", shares_api.VersionsHandler, "share_versions"),
        Route(f"{one}/versions/{{number}}/notebook", shares_api.NotebookHandler, "share_notebook"),
        Route(
            f"{one}/versions/{{number}}/environment",
            shares_api.EnvironmentHandler,
            "share_environment",
        ),
        Route("api/files", files_api.FilesHandler, "files"),
        Route("api/files/{digest}", files_api.FileHandler, "file", {"digest": "[0-9a-f]{64}"}),
        Route(f"{one}/versions/{{number}}/files", files_api.VersionFilesHandler, "version_files"),
        Route(
            f"{one}/versions/{{number}}/files/{{name}}",
            files_api.VersionFileHandler,
            "version_file",
            _NAME,
        ),
        Route(
            f"{one}/versions/{{number}}/restore",
            events_api.VersionRestoreHandler,
            "share_version_restore",
        ),
        Route(f"{one}/comments", comments_api.CommentsHandler, "share_comments"),
        Route(f"{one}/comments/{{comment}}", comments_api.CommentHandler, "share_comment"),
        Route(f"{one}/like", comments_api.LikeHandler, "share_like"),
        Route("api/notices", comments_api.NoticesHandler, "notices"),
        Route("api/notices/seen", comments_api.SeenHandler, "notices_seen"),
        Route(f"{one}/propose", proposals_api.ProposingHandler, "share_propose"),
        Route(f"{one}/proposals", proposals_api.ProposalsHandler, "share_proposals"),
        Route(f"{one}/{_PROPOSAL}", proposals_api.ProposalHandler, "share_proposal"),
        Route(
            f"{one}/{_PROPOSAL}/accept", proposals_api.AcceptanceHandler, "share_proposal_accept"
        ),
        Route(f"{one}/{_PROPOSAL}/decline", proposals_api.RefusalHandler, "share_proposal_decline"),
        Route(f"{one}/compare", comparing_api.CompareHandler, "share_compare"),
        Route(f"{one}/transfer", events_api.TransferHandler, "share_transfer"),
        Route(f"{one}/events", events_api.EventsHandler, "share_events"),
        Route("api/runs", runs_api.RunPagesHandler, "run_pages"),
        Route("api/runs/{run_id}", runs_api.RunVersionHandler, "run_version", _RUN),
        Route("api/events", events_api.AllEventsHandler, "events"),
        Route(f"{one}/forks", shares_api.ForksHandler, "share_forks"),
        Route("api/forks", shares_api.RedeemHandler, "forks"),
        Route("api/wikis", wikis_api.WikisHandler, "wikis"),
        Route("api/wikis/{wiki}/parents", wikis_api.ParentsHandler, "wiki_parents"),
        Route("api/wikis/{wiki}/account", accounts_api.AccountHandler, "wiki_account"),
        Route(f"{one}/wikis", wikis_api.PublicationsHandler, "share_wikis"),
        Route(f"{one}/wikis/{{wiki}}", wikis_api.PublicationHandler, "share_wiki"),
        Route(f"{one}/wikis/{{wiki}}/texts", wikis_api.TextsHandler, "share_wiki_texts"),
        Route(f"{one}/wikis/{{wiki}}/answer", wikis_api.AnswerHandler, "share_wiki_answer"),
        Route("", gallery_pages.GalleryPage, "gallery_page"),
        Route("wikis", wikis_pages.WikisPage, "wikis_page"),
        Route("wikis/{wiki}/account", accounts_pages.AccountPage, "wiki_account_page"),
        Route("wikis/{wiki}", wikis_pages.WikiTrialPage, "wiki_trial_page"),
        Route("history", owner_pages.AllHistoryPage, "all_history_page"),
        Route("{share_id}", share_pages.SharePage, "share_page", _ID),
        Route("{share_id}/fork", share_pages.ForkPage, "fork_page", _ID),
        Route("{share_id}/edit", share_pages.EditPage, "edit_page", _ID),
        Route("{share_id}/readers", readers_pages.ReadersPage, "readers_page", _ID),
        Route("{share_id}/delete", share_pages.DeletePage, "delete_page", _ID),
        Route("{share_id}/restore", share_pages.RestorePage, "restore_page", _ID),
        Route("notices", comments_pages.NoticesPage, "notices_page"),
        Route("{share_id}/comments", comments_pages.CommentsPage, "comments_page", _ID),
        Route(
            "{share_id}/comments/{comment}/remove",
            comments_pages.CommentRemovalPage,
            "comment_removal_page",
            _ID,
        ),
        Route("{share_id}/like", comments_pages.LikePage, "like_page", _ID),
        Route("{share_id}/propose", proposals_pages.ProposingPage, "propose_page", _ID),
        Route(f"{{share_id}}/{_PROPOSAL}", proposals_pages.ProposalPage, "proposal_page", _ID),
        Route(
            f"{{share_id}}/{_PROPOSAL}/accept",
            proposals_pages.AcceptancePage,
            "acceptance_page",
            _ID,
        ),
        Route(
            f"{{share_id}}/{_PROPOSAL}/decline",
            proposals_pages.RefusalPage,
            "refusal_page",
            _ID,
        ),
        Route(
            f"{{share_id}}/{_PROPOSAL}/withdraw",
            proposals_pages.WithdrawalPage,
            "withdrawal_page",
            _ID,
        ),
        Route("{share_id}/forks", lineage_pages.ForksPage, "forks_page", _ID),
        Route("{share_id}/compare", comparing_pages.ComparePage, "compare_page", _ID),
        Route("{share_id}/versions", versions_pages.VersionsPage, "versions_page", _ID),
        Route("{share_id}/transfer", owner_pages.TransferPage, "transfer_page", _ID),
        Route("{share_id}/history", owner_pages.HistoryPage, "history_page", _ID),
        Route(f"{version}/restore", owner_pages.VersionRestorePage, "version_restore_page", _ID),
        Route("{share_id}/wikis/{wiki}", wikis_pages.PublicationPage, "publication_page", _ID),
        Route("{share_id}/wikis/{wiki}/publish", wikis_pages.PublishPage, "publish_page", _ID),
        Route(version, share_pages.VersionPage, "version_page", _ID),
        Route(f"{version}/charts/{{chart}}", charts_pages.ChartPage, "chart_page", _ID),
        Route("charts/{name}", charts_libraries.ChartLibrary, "chart_library"),
        Route(f"{version}/download", files_pages.DownloadPage, "download_page", _ID),
        Route(f"{version}/files/{{name}}", files_pages.FilePage, "file_page", {**_ID, **_NAME}),
        Route(f"{version}/requirements", files_pages.RequirementsPage, "requirements_page", _ID),
        Route(f"{version}/html", files_pages.WholePage, "whole_page", _ID),
        Route(f"{version}/pdf", files_pages.PdfPage, "pdf_page", _ID),
        Route(f"{version}/picture", files_pages.PicturePage, "picture_page", _ID),
    ]
