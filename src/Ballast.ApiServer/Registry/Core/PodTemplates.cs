using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

internal static class PodTemplates
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("v1", "podtemplates", "PodTemplate", new PodTemplateStrategy { HasGeneration = true },
        [
            Column.ObjectName,
            Column.Text("Containers", "Names of each container in the template.", d => Cells.ContainerNames(d.Object("template", "spec"))),
            Column.Text("Images", "Images referenced by each container in the template.", d => Cells.ContainerImages(d.Object("template", "spec"))),
            Column.Text("Pod Labels", "The labels for the pod template.", d => Cells.Labels(d.Object("template", "metadata", "labels"))),
        ]);
}
