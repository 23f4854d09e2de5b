using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Admission.Plugins;

/// <summary>A pod that is bound to a node carries the node's zone and region, for what runs in it to read.</summary>
internal sealed class PodTopologyLabels(AdmissionObjects objects) : IMutatingAdmission
{
    private static readonly GroupResource Nodes = new("", "nodes");
    private static readonly string[] Labels = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

    public string Name => "PodTopologyLabels";

    public bool Handles(AdmissionOperation operation) => operation == AdmissionOperation.Create;

    public async ValueTask AdmitAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        // The labels of a Binding become the pod's.
        var target = attributes.Is("", "pods", "binding") ? (attributes.Document?["target"] as JsonObject)?.StringAt("name")
            : attributes.Is("", "pods") ? (attributes.Document?["spec"] as JsonObject)?.StringAt("nodeName")
            : null;
        if (target is not { Length: > 0 } || await objects.FindAsync(Nodes, "", target, cancel) is not { } node)
            return;
        foreach (var label in Labels)
        {
            if (node.Labels?.StringAt(label) is { } value)
                attributes.Document!.Metadata.ObjectAt("labels")[label] = value;
        }
    }
}
