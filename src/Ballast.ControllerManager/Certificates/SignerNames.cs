namespace Ballast.ControllerManager.Certificates;

/// <summary>The signers that Kubernetes itself defines.</summary>
internal static class SignerNames
{
    /// <summary>Clients of the API server, people and programs.</summary>
    public const string KubeApiServerClient = "kubernetes.io/kube-apiserver-client";

    /// <summary>Kubelets as clients of the API server; the only one whose requests are approved by themselves.</summary>
    public const string KubeApiServerClientKubelet = "kubernetes.io/kube-apiserver-client-kubelet";

    /// <summary>Kubelets as servers.</summary>
    public const string KubeletServing = "kubernetes.io/kubelet-serving";

    /// <summary>Anything, with no promise that anyone trusts it.</summary>
    public const string LegacyUnknown = "kubernetes.io/legacy-unknown";
}
