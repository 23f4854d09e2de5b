using System.Net;
using Ballast.Admin.Configuration;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Tests.Certificates;

/// <summary>A control plane's certificates and kubeconfigs.</summary>
internal static class TestHost
{
    public static HostPaths Make(string folder, TimeProvider time, KeyAlgorithm algorithm = KeyAlgorithm.EcdsaP256)
    {
        var paths = new HostPaths(folder);
        var cluster = new ClusterConfiguration { ClusterName = "test", ControlPlaneEndpoint = "127.0.9.1:6443", CertSans = ["load-balancer"], KeyAlgorithm = algorithm };
        var files = new HostFiles(cluster, new("control-plane-1", IPAddress.Parse("127.0.9.11"), paths), time);
        files.Pki.EnsureShared();
        files.ControlPlaneCertificates();
        files.EtcdCertificates();
        files.ControlPlaneKubeconfigs();
        files.KubeletKubeconfig(paths);
        return paths;
    }
}
