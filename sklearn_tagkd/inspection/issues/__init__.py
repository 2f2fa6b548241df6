"""Labels that others contradict: who says what of them, and how far that is believed.

``witnesses`` has opinions of each label by those who have not seen it, ``noise`` weighs
them against one another and against what labels are confused with, and ``ranking`` is
what users call.
"""

from sklearn_tagkd.inspection.issues.ranking import LabelIssues, label_issues

__all__ = ["LabelIssues", "label_issues"]
