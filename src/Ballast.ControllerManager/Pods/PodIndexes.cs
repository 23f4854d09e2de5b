using Ballast.Client.Informers;
using Ballast.ControllerManager.Ownership;
using k8s.Models;

namespace Ballast.ControllerManager.Pods;

/// <summary>The indexes over pods that several controllers share.</summary>
public static class PodIndexes
{
    extension(Informer<V1Pod> pods)
    {
        /// <summary>By <c>spec.nodeName</c>; empty for pods that are not bound.</summary>
        public IIndex<V1Pod> ByNode => pods.Store.AddIndex("spec.nodeName", p => [p.Spec?.NodeName ?? ""]);

        /// <summary>By the uid of the controlling owner; for pods without one, by <see cref="OrphansOf"/>.</summary>
        public IIndex<V1Pod> ByController => pods.Store.AddIndex("controllerUid",
            p => [p.Metadata.ControllerReference?.Uid ?? OrphansOf(p.Metadata.NamespaceProperty)]);
    }

    public static string OrphansOf(string ns) => "orphans/" + ns;
}
